/* SPDX-License-Identifier: MIT */
/*
 * The roots of translation. Old and new tables may map the same address by entries of different
 * size: were the root simply replaced, a TLB could hold the old block while the walker finds the
 * new page, which may abort or mix the two (Arm ARM DDI 0487, D8.14.1). So the change breaks before
 * it makes, for the whole half at once: a few instructions run at their physical address, by an
 * identity map in TTBR0, close the high half to walks, forget every translation, set the new root,
 * and open the half again. They touch no memory meanwhile, since the stack is high, and no
 * exception may come, since the vectors are.
 */
#include "arch/mmu.h"

#include "arch/user.h"

#include "lib/bound.h"

#define TCR_EPD0 BIT(7)  /* no walks by TTBR0 */
#define TCR_EPD1 BIT(23) /* no walks by TTBR1 */

/* x0: the new root, x1: TCR with the high half closed, x2: TCR to leave. Position-independent;
 * called low, returns high. */
void arch_kernel_root_switch_low(uint64_t root, uint64_t tcr_closed, uint64_t tcr);
__asm__(".pushsection .text, \"ax\"\n"
        "    .balign 64\n" /* 40 bytes: so never in two pages */
        "    .type arch_kernel_root_switch_low, %function\n"
        "arch_kernel_root_switch_low:\n"
        "    msr tcr_el1, x1\n"
        "    isb\n"
        "    tlbi vmalle1\n"
        "    dsb nsh\n"
        "    isb\n"
        "    msr ttbr1_el1, x0\n"
        "    isb\n"
        "    msr tcr_el1, x2\n"
        "    isb\n"
        "    ret\n"
        "    .size arch_kernel_root_switch_low, . - arch_kernel_root_switch_low\n"
        ".popsection\n");
BOUND_CALLEE(kernel_root_switch, arch_kernel_root_switch_low);

static uint64_t tcr_read(void) {
    uint64_t tcr;
    __asm__ volatile("mrs %0, tcr_el1" : "=r"(tcr));
    return tcr;
}

/* Closes the low half and forgets every translation, of both halves. */
static void user_half_close(uint64_t tcr) {
    __asm__ volatile("msr tcr_el1, %0\n\t"
                     "msr ttbr0_el1, xzr\n\t"
                     "isb\n\t"
                     "dsb ishst\n\t" /* tables written so far are in memory before any walk */
                     "tlbi vmalle1is\n\t"
                     "dsb ish\n\t"
                     "isb" ::"r"(tcr | TCR_EPD0)
                     : "memory");
}

static void user_half_open(uint64_t tcr, paddr_t root) {
    __asm__ volatile("msr ttbr0_el1, %1\n\t"
                     "isb\n\t"
                     "msr tcr_el1, %0\n\t"
                     "isb" ::"r"(tcr),
                     "r"(root.value)
                     : "memory");
}

paddr_t arch_kernel_root_switch_page(void) {
    const uint64_t high = (uintptr_t)arch_kernel_root_switch_low;
    return paddr(page_align_down(high - KERNEL_HVA_OFFSET));
}

void arch_kernel_root_switch(paddr_t root, paddr_t identity) {
    const uintptr_t high = (uintptr_t)arch_kernel_root_switch_low;
    void (*low)(uint64_t, uint64_t, uint64_t) =
        (void (*)(uint64_t, uint64_t, uint64_t))(high - KERNEL_HVA_OFFSET);
    const uint64_t tcr = tcr_read() & ~TCR_EPD0;
    uint64_t daif;
    __asm__ volatile("mrs %0, daif\n\tmsr daifset, #15" : "=r"(daif)::"memory");
    user_half_close(tcr);
    user_half_open(tcr, identity);
    BOUND_CALLED(kernel_root_switch, low)(root.value, tcr | TCR_EPD1, tcr);
    __asm__ volatile("msr daif, %0" ::"r"(daif) : "memory");
}

void arch_user_root_clear(void) {
    user_half_close(tcr_read());
}

bool arch_user_root_is_clear(void) {
    uint64_t ttbr0;
    __asm__ volatile("mrs %0, ttbr0_el1" : "=r"(ttbr0));
    return (ttbr0 == 0 && (tcr_read() & TCR_EPD0) != 0) || ttbr0 == arch_user_root_empty().value;
}
