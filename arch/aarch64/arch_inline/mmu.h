/* SPDX-License-Identifier: MIT */
/*
 * Arm ARM DDI 0487: D8.13 and D8.14 for the order of table updates and TLB invalidation, C5.5 for
 * TLBI. Invalidation is by address, all ASIDs, inner shareable; not the last-level-only form,
 * because a table entry may be what goes.
 */
#ifndef ARCH_INLINE_MMU_H
#define ARCH_INLINE_MMU_H

#include "arch/aarch64/pte_value.h"

static inline pte_t arch_pte_read(const pte_t *slot) {
    return *(const volatile pte_t *)slot;
}

static inline void arch_pte_store(pte_t *slot, pte_t pte) {
    *(volatile pte_t *)slot = pte;
}

static inline void arch_pte_make(pte_t *slot, pte_t pte) {
    __asm__ volatile("dmb ishst" ::: "memory"); /* a new table's contents before its name */
    arch_pte_store(slot, pte);
    __asm__ volatile("dsb ishst\n\tisb" ::: "memory");
}

static inline void arch_tlb_forget(vaddr_t address) {
    /* VA[55:12]; ASID and TTL zero. */
    const uint64_t operand = address.value << 8 >> (8 + PAGE_SHIFT);
    __asm__ volatile("dsb ishst\n\ttlbi vaae1is, %0\n\tdsb ish\n\tisb" ::"r"(operand) : "memory");
}

static inline void arch_pte_break(pte_t *slot, vaddr_t address) {
    arch_pte_store(slot, 0);
    arch_tlb_forget(address);
}

static inline void arch_pte_change(pte_t *slot, pte_t pte, vaddr_t address) {
    arch_pte_store(slot, pte);
    arch_tlb_forget(address);
}

static inline void arch_pte_note(pte_t *slot, pte_t pte) {
    arch_pte_store(slot, pte);
}

static inline uint64_t arch_direct_map_base(void) {
    return KERNEL_HVA_OFFSET;
}

static inline paddr_t arch_kernel_root(void) {
    uint64_t ttbr1;
    __asm__ volatile("mrs %0, ttbr1_el1" : "=r"(ttbr1));
    return paddr(ttbr1 & PTE_ADDRESS_MASK);
}

#endif
