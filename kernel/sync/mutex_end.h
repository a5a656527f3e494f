/* SPDX-License-Identifier: MIT */
/*
 * The end of a thread that may own mutexes: this is how threads end, by exit or by a fault. One that
 * stands in a turnstile or is lent something does not end yet: it becomes a thread that leaves, and
 * hands over one mutex after the other, a masked stretch for each, at the priority that it has; then
 * it exits again.
 */
#ifndef KERNEL_SYNC_MUTEX_END_H
#define KERNEL_SYNC_MUTEX_END_H

#include "kernel/cpu/cpu.h"
#include "lib/context.h"

struct frame;

/* Ends the running thread with `code`, or sends it on that way. Returns what runs next.
 * O(log timed events). */
struct frame *mutex_end_current_irq(struct cpu *cpu, int64_t code) IRQ_MASKED;

/* The task call thread_exit. */
struct frame *mutex_end_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

#endif
