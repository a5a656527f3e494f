/* SPDX-License-Identifier: MIT */
/* Prepared room for the floating-point registers of the threads that have some, so that a switch
 * never looks for it: taken at the spawn, given back when the slot is. */
#ifndef KERNEL_SCHED_FP_AREA_H
#define KERNEL_SCHED_FP_AREA_H

#include "arch/fp.h"
#include "lib/status.h"

/* All CONFIG_FP_THREADS areas are free. Boot. */
void fp_area_init(void);

/* A free area, with all registers zero. O(1). NO_MEMORY: none; `taken` is left alone. */
MUST_USE status_t fp_area_take_irq(struct fp_state **taken) IRQ_MASKED;

/* Gives a taken area back. Until interrupts are unmasked it may still be written. O(1). */
void fp_area_give_irq(struct fp_state *state) IRQ_MASKED;

#endif
