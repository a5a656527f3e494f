/* SPDX-License-Identifier: MIT */
/*
 * User mode, what is seldom: the empty root, the first frame, code that was written as data. Arm ARM
 * DDI 0487: D8.13 (TLB maintenance), D7.4 (caches), D13.11 (counter at EL0), D8.4.2 (PAN).
 */
#include "arch/user.h"

#include "arch/frame.h"
#include "lib/bound.h"

#define TCR_EPD0          BIT(7)
#define CNTKCTL_EL0VCTEN  BIT(1)
#define SCTLR_SPAN        BIT(23) /* clear: an exception sets PAN */
#define PAN_FIELD(mmfr1)  ((mmfr1) >> 20 & 15)
#define CTR_DMINLINE(ctr) (4u << ((ctr) >> 16 & 15))
#define CACHE_LINE_MIN    16
#define MDSCR_TDCC        BIT(12) /* EL0 traps at the debugger's channel */
#define PMU_FIELD(dfr0)   ((dfr0) >> 8 & 15)
#define AMU_FIELD(pfr0)   ((pfr0) >> 44 & 15)
#define PMU_OTHER         15 /* not the architecture's */
#define PSTATE_EL0        0  /* EL0t, all unmasked */

/* Constant: nothing can be mapped here. */
static const uint64_t empty_root[PAGE_TABLE_ENTRIES] ALIGNED(PAGE_SIZE);

struct user_root arch_user_root_empty(void) {
    return (struct user_root){(uintptr_t)empty_root - KERNEL_HVA_OFFSET};
}

/* Exceptions close user memory to the kernel, where the CPU can. */
static void pan_init(void) {
    uint64_t features;
    uint64_t control;
    __asm__ volatile("mrs %0, id_aa64mmfr1_el1" : "=r"(features));
    if (PAN_FIELD(features) != 0) {
        __asm__ volatile("mrs %0, sctlr_el1" : "=r"(control));
        control &= ~SCTLR_SPAN;
        __asm__ volatile("msr sctlr_el1, %0\n\tisb" ::"r"(control) : "memory");
    }
}

/* User mode has neither the counters of events and activity nor the debugger's channel, and finds 0 in
 * the register that it can only read, whatever they are after reset. */
static void debug_close(void) {
    uint64_t features;
    __asm__ volatile("mrs %0, id_aa64dfr0_el1" : "=r"(features));
    if (PMU_FIELD(features) != 0 && PMU_FIELD(features) != PMU_OTHER) {
        __asm__ volatile("msr pmuserenr_el0, xzr" ::: "memory");
    }
    __asm__ volatile("mrs %0, id_aa64pfr0_el1" : "=r"(features));
    if (AMU_FIELD(features) != 0) {
        __asm__ volatile("msr s3_3_c13_c2_3, xzr" ::: "memory"); /* AMUSERENR_EL0 */
    }
    __asm__ volatile("msr mdscr_el1, %0" ::"r"(MDSCR_TDCC) : "memory");
    __asm__ volatile("msr tpidrro_el0, xzr");
}

void arch_user_init(void) {
    uint64_t tcr;
    pan_init();
    debug_close();
    __asm__ volatile("msr cntkctl_el1, %0" ::"r"(CNTKCTL_EL0VCTEN));
    __asm__ volatile("msr ttbr0_el1, %0\n\tisb" ::"r"(arch_user_root_empty().value) : "memory");
    __asm__ volatile("mrs %0, tcr_el1" : "=r"(tcr));
    __asm__ volatile("msr tcr_el1, %0\n\tisb" ::"r"(tcr & ~TCR_EPD0) : "memory");
}

void arch_user_forget(void) {
    __asm__ volatile("dsb ishst\n\ttlbi vmalle1is\n\tdsb ish\n\tisb" ::: "memory");
}

void arch_user_code_written(const void *pointer) {
    uint64_t ctr;
    __asm__("mrs %0, ctr_el0" : "=r"(ctr));
    const uint64_t line = CTR_DMINLINE(ctr);
    const uint64_t start = (uintptr_t)pointer;
    BOUND_LOOP(lines, PAGE_SIZE / CACHE_LINE_MIN);
    for (uint64_t address = start; address < start + PAGE_SIZE; address += line) {
        BOUND_TURN(lines);
        __asm__ volatile("dc cvau, %0" ::"r"(address) : "memory");
    }
    __asm__ volatile("dsb ish\n\tic ialluis\n\tdsb ish\n\tisb" ::: "memory");
}

void arch_user_frame_prepare(struct frame *frame, vaddr_t entry, vaddr_t stack_top,
                             uint64_t argument) {
    _Static_assert(offsetof(struct frame, pc) == 31 * sizeof(uint64_t), "seven pieces, and three");
    BOUND_LOOP(registers, 7);
    for (uint64_t *x = frame->x; x != frame->x + 28; x += 4) {
        BOUND_TURN(registers);
        __builtin_memset(x, 0, 4 * sizeof *x);
    }
    frame->x[28] = 0;
    frame->x[29] = 0;
    frame->x[30] = 0;
    frame->x[0] = argument;
    frame->pc = entry.value;
    frame->sp = stack_top.value;
    frame->kind = FRAME_FULL;
    frame->pstate = PSTATE_EL0;
}

void arch_user_frame_arguments(struct frame *frame, uint64_t b, uint64_t c) {
    frame->x[1] = b;
    frame->x[2] = c;
}

/* The SVC once more. */
void arch_user_frame_repeat(struct frame *frame, uint64_t number, uint64_t a, uint64_t b) {
    frame->x[0] = a;
    frame->x[1] = b;
    frame->x[8] = number;
    frame->pc -= 4;
}
