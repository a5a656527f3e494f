/* SPDX-License-Identifier: MIT */
/*
 * A CPU of variables. What the contract forbids stops the test: masking twice, unmasking what is
 * not masked, restoring twice.
 */
#ifndef ARCH_INLINE_CPU_H
#define ARCH_INLINE_CPU_H

#include <stdlib.h>

#include "arch/hosted/hosted.h"
#include "lib/assert.h"

NO_CONTEXT_CHECK static inline void arch_irq_mask(void) {
    check(!hosted.masked && !hosted.in_kernel);
    hosted_mask();
}

NO_CONTEXT_CHECK static inline void arch_irq_unmask(void) {
    check(hosted.masked && !hosted.in_kernel);
    hosted_unmask();
}

NO_CONTEXT_CHECK static inline uint64_t arch_irq_save(void) {
    uint64_t saved = hosted.masked;
    if (!saved) {
        hosted_mask();
    }
    return saved;
}

NO_CONTEXT_CHECK static inline void arch_irq_restore(uint64_t saved) {
    check(hosted.masked && saved <= 1);
    if (!saved) {
        hosted_unmask();
    }
}

static inline bool arch_irq_is_masked(void) {
    return hosted.masked;
}

static inline bool arch_in_kernel(void) {
    return hosted.in_kernel;
}

static inline struct cpu *arch_cpu_self(void) {
    return hosted.self;
}

static inline void arch_cpu_set_self(struct cpu *cpu) {
    hosted.self = cpu;
}

static inline void arch_wait_for_interrupt(void) {
    hosted_wait();
}

NORETURN static inline void arch_halt(void) {
    abort();
}

#endif
