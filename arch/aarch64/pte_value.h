/* SPDX-License-Identifier: MIT */
/*
 * Entries of translation tables as values: the pure half of arch/mmu.h, shared by the machine and
 * by the hosted architecture, so that host tests judge the very bits the hardware will see.
 * Included by both arch_inline/mmu.h only.
 *
 * The count of a table entry lies in its bits 11..2, which the hardware ignores (Arm ARM DDI 0487,
 * D8.3.1, "VMSAv8-64 Table descriptor format"): ten bits for 0..512.
 */
#ifndef ARCH_AARCH64_PTE_VALUE_H
#define ARCH_AARCH64_PTE_VALUE_H

#include "arch/aarch64/pte.h"

#define PTE_USED_SHIFT 2
#define PTE_USED_MASK  (UINT64_C(0x3ff) << PTE_USED_SHIFT)

_Static_assert(PTE_TABLE_ENTRIES == PAGE_TABLE_ENTRIES, "one geometry");
_Static_assert(PTE_LEVELS == PAGE_TABLE_LEVELS, "one geometry");

static inline pte_t arch_pte_leaf(paddr_t page, enum kernel_protection protection, unsigned level) {
    pte_t pte = page.value | pte_leaf_type(level);
    switch (protection) {
    case KERNEL_READ_EXECUTE:
        return pte | PTE_KERNEL_TEXT;
    case KERNEL_READ_WRITE:
        return pte | PTE_KERNEL_DATA;
    case KERNEL_DEVICE:
        return pte | PTE_KERNEL_DEVICE;
    case KERNEL_READ_ONLY:
    default: /* an unknown word gets the least */
        return pte | PTE_KERNEL_RODATA;
    }
}

static inline pte_t arch_pte_table(paddr_t table, unsigned used) {
    return table.value | ((pte_t)used << PTE_USED_SHIFT) | PTE_TABLE;
}

static inline bool arch_pte_is_valid(pte_t pte) {
    return pte_is_valid(pte);
}

static inline bool arch_pte_is_table(pte_t pte, unsigned level) {
    return pte_is_table(pte, level);
}

static inline bool arch_pte_is_leaf(pte_t pte, unsigned level) {
    return level != 0 && (pte & PTE_TYPE) == pte_leaf_type(level);
}

static inline paddr_t arch_pte_address(pte_t pte) {
    return paddr(pte_address(pte));
}

static inline unsigned arch_pte_used(pte_t pte) {
    return (unsigned)((pte & PTE_USED_MASK) >> PTE_USED_SHIFT);
}

/* A leaf is known if it is, bit for bit, one that arch_pte_leaf makes;
 * only its rights bits may differ. */
static inline unsigned arch_pte_rights(pte_t pte) {
    const pte_t rights_bits = PTE_READ_ONLY | PTE_EL0 | PTE_PRIVILEGED_NEVER | PTE_USER_NEVER |
                              PTE_ADDRESS_MASK | PTE_TYPE;
    const pte_t kind = pte & ~rights_bits;
    const pte_t normal = PTE_KERNEL_NORMAL & ~rights_bits;
    const pte_t device = PTE_KERNEL_DEVICE & ~rights_bits;
    unsigned rights = 0;
    rights |= (pte & PTE_READ_ONLY) == 0 ? PTE_RIGHT_WRITE : 0;
    rights |= (pte & PTE_PRIVILEGED_NEVER) == 0 ? PTE_RIGHT_EXECUTE : 0;
    rights |= (pte & PTE_EL0) != 0 || (pte & PTE_USER_NEVER) == 0 ? PTE_RIGHT_USER : 0;
    /* Only index MAIR_NORMAL is known to be memory. */
    rights |= (pte & PTE_ATTRIBUTE_MASK) != PTE_ATTRIBUTE(MAIR_NORMAL) ? PTE_RIGHT_DEVICE : 0;
    rights |= kind != normal && kind != device ? PTE_RIGHT_UNKNOWN : 0;
    return rights;
}

static inline unsigned arch_pte_table_rights(pte_t pte) {
    const pte_t known = PTE_ADDRESS_MASK | PTE_USED_MASK | PTE_TYPE;
    return (pte & ~known) != 0 ? PTE_RIGHT_UNKNOWN : 0;
}

#endif
