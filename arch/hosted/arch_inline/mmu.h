/* SPDX-License-Identifier: MIT */
/*
 * Translation without a machine: the same entries in simulated RAM, roots in variables, and a TLB
 * that remembers what was looked up until it is told to forget, like the real one at its laziest.
 * An update that the hardware forbids stops the test.
 */
#ifndef ARCH_INLINE_MMU_H
#define ARCH_INLINE_MMU_H

#include "arch/aarch64/pte_value.h"

struct hosted_mmu {
    uint64_t direct_map_base; /* host address of physical address 0, were there RAM */
    paddr_t kernel_root;
    paddr_t switch_page; /* where arch_kernel_root_switch pretends to run */
    bool user_root_clear;
    unsigned forgotten; /* how often an address was dropped from the TLB */
};
extern struct hosted_mmu hosted_mmu;

/* As after reset, with the TLB empty. */
void hosted_mmu_reset(uint64_t direct_map_base);

/* What the CPU would find at the page of `address` now, by its TLB or else the live tables: a leaf,
 * or 0. */
pte_t hosted_mmu_access(vaddr_t address);

void hosted_pte_make(pte_t *slot, pte_t pte);
void hosted_pte_break(pte_t *slot, vaddr_t address);
void hosted_pte_change(pte_t *slot, pte_t pte, vaddr_t address);
void hosted_pte_note(pte_t *slot, pte_t pte);

static inline pte_t arch_pte_read(const pte_t *slot) {
    return *slot;
}

static inline void arch_pte_make(pte_t *slot, pte_t pte) {
    hosted_pte_make(slot, pte);
}

static inline void arch_pte_break(pte_t *slot, vaddr_t address) {
    hosted_pte_break(slot, address);
}

static inline void arch_pte_change(pte_t *slot, pte_t pte, vaddr_t address) {
    hosted_pte_change(slot, pte, address);
}

static inline void arch_pte_note(pte_t *slot, pte_t pte) {
    hosted_pte_note(slot, pte);
}

static inline uint64_t arch_direct_map_base(void) {
    return hosted_mmu.direct_map_base;
}

static inline paddr_t arch_kernel_root(void) {
    return hosted_mmu.kernel_root;
}

#endif
