/* SPDX-License-Identifier: MIT */
/* Arm ARM DDI 0487, C5.2: DAIF, SPSel, TPIDR_EL1. The load below the stack before each masking is
 * the one arch/cpu.h speaks of; why 256 bytes: docs/adr/0003-frames-in-thread-objects.md. */
#ifndef ARCH_INLINE_CPU_H
#define ARCH_INLINE_CPU_H

#define DAIF_I UINT64_C(0x80)

NO_CONTEXT_CHECK static inline void arch_irq_mask(void) {
    __asm__ volatile("ldur xzr, [sp, #-256]\n\tmsr daifset, #2" ::: "memory");
}

NO_CONTEXT_CHECK static inline void arch_irq_unmask(void) {
    __asm__ volatile("msr daifclr, #2" ::: "memory");
}

NO_CONTEXT_CHECK static inline uint64_t arch_irq_save(void) {
    uint64_t saved;
    __asm__ volatile("ldur xzr, [sp, #-256]\n\tmrs %0, daif\n\tmsr daifset, #2"
                     : "=r"(saved)
                     :
                     : "memory");
    return saved;
}

NO_CONTEXT_CHECK static inline void arch_irq_restore(uint64_t saved) {
    __asm__ volatile("msr daif, %0" ::"r"(saved) : "memory");
}

static inline bool arch_irq_is_masked(void) {
    uint64_t daif;
    __asm__ volatile("mrs %0, daif" : "=r"(daif)::"memory");
    return (daif & DAIF_I) != 0;
}

static inline bool arch_in_kernel(void) {
    uint64_t spsel;
    __asm__ volatile("mrs %0, spsel" : "=r"(spsel)::"memory");
    return spsel != 0;
}

static inline struct cpu *arch_cpu_self(void) {
    struct cpu *cpu;
    __asm__("mrs %0, tpidr_el1" : "=r"(cpu)); /* constant for a CPU: may be kept in a register */
    return cpu;
}

static inline void arch_cpu_set_self(struct cpu *cpu) {
    __asm__ volatile("msr tpidr_el1, %0" ::"r"(cpu) : "memory");
}

static inline void arch_wait_for_interrupt(void) {
    __asm__ volatile("wfi" ::: "memory");
}

NORETURN static inline void arch_halt(void) {
    __asm__ volatile("msr daifset, #15" ::: "memory");
    for (;;) {
        __asm__ volatile("wfi" ::: "memory");
    }
}

#endif
