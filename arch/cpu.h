/* SPDX-License-Identifier: MIT */
/* This CPU: its interrupt mask, its own pointer, waiting, and order of memory accesses.
 * All O(1). */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include "lib/context.h"
#include "lib/compiler.h"

struct cpu;

/* Thread context, interrupts unmasked: masks, then unmasks them. A pair may not nest. The mask
 * first touches the stack that the masked part may need, so that an overflow is the thread's fault
 * and never the kernel's. */
static inline void arch_irq_mask(void) MASKS_IRQ;
static inline void arch_irq_unmask(void) UNMASKS_IRQ;

/* Any context: masks and tells what was; restores that. Pairs nest. */
static inline uint64_t arch_irq_save(void) MASKS_IRQ;
static inline void arch_irq_restore(uint64_t saved) UNMASKS_IRQ;

/* Whether interrupts are masked on this CPU. */
static inline bool arch_irq_is_masked(void);

/* Whether this code runs on the kernel stack (a door was entered), not on a thread's. */
static inline bool arch_in_kernel(void);

/* This CPU's own structure. */
static inline struct cpu *arch_cpu_self(void);
static inline void arch_cpu_set_self(struct cpu *cpu);

/* Sleeps until an interrupt is pending. */
static inline void arch_wait_for_interrupt(void);

/* Stops this CPU for good. */
NORETURN static inline void arch_halt(void);

#include <arch_inline/cpu.h>

#endif
