/* SPDX-License-Identifier: MIT */
/* The task call of deadlines: for the kernel's table of them. */
#ifndef KERNEL_SCHED_EDF_INTERNAL_H
#define KERNEL_SCHED_EDF_INTERNAL_H

#include "arch/frame.h"
#include "kernel/sched/edf.h"

/* Sets the caller's deadline, and has it sleep until the moment `b`, with that deadline already.
 * O(log timed events). */
struct frame *edf_set_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

#endif
