/* SPDX-License-Identifier: MIT */
/*
 * TTBR0_EL1 holds the root and its ASID (TCR_EL1.A1 is 0), so both change in one store. No ISB: the
 * ERET that leaves the kernel synchronises (SCTLR_EL1.EOS), and nothing before it uses a user
 * address. Arm ARM DDI 0487, D17.2.
 */
#ifndef ARCH_INLINE_USER_H
#define ARCH_INLINE_USER_H

#include "arch/aarch64/pte_user.h"

static inline void arch_user_switch(struct user_state *from, const struct user_state *to) {
    uint64_t tls;
    __asm__ volatile("mrs %0, tpidr_el0" : "=r"(tls));
    from->tls = tls;
    __asm__ volatile("msr ttbr0_el1, %0\n\tmsr tpidr_el0, %1" ::"r"(to->root.value), "r"(to->tls)
                     : "memory");
}

#endif
