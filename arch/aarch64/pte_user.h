/* SPDX-License-Identifier: MIT */
/* Entries of user pages as values, for the machine and for the hosted architecture: as pte_value.h.
 * Included by both arch_inline/user.h only. */
#ifndef ARCH_AARCH64_PTE_USER_H
#define ARCH_AARCH64_PTE_USER_H

#include "arch/aarch64/pte_value.h"

#define USER_ROOT_ASID_SHIFT 48

static inline pte_t arch_pte_user_leaf(paddr_t page, enum user_protection protection) {
    const pte_t pte = page.value | PTE_PAGE;
    switch (protection) {
    case USER_READ_EXECUTE:
        return pte | PTE_USER_TEXT;
    case USER_READ_WRITE:
        return pte | PTE_USER_DATA;
    case USER_READ_ONLY:
    default: /* an unknown word gets the least */
        return pte | PTE_USER_RODATA;
    }
}

static inline struct user_root arch_user_root(paddr_t table, unsigned asid) {
    return (struct user_root){table.value | (uint64_t)asid << USER_ROOT_ASID_SHIFT};
}

#endif
