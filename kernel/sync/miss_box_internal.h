/* SPDX-License-Identifier: MIT */
/* The task call of boxes for misses, and what the timer's interrupt does. */
#ifndef KERNEL_SYNC_MISS_BOX_INTERNAL_H
#define KERNEL_SYNC_MISS_BOX_INTERNAL_H

#include "arch/frame.h"
#include "kernel/cpu/cpu.h"
#include "kernel/sync/miss_box.h"

struct frame *miss_box_wait_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

/* Handler of TIMED_EVENT_DEADLINE. O(log timed events). */
void miss_box_event(struct cpu *cpu, struct timed_event *event) IRQ_MASKED;

#endif
