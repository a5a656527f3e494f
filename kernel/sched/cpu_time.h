/* SPDX-License-Identifier: MIT */
/*
 * How long threads run: exact, in ticks, from the switch to a thread to the switch away from it.
 * Interrupts that come meanwhile, and what the kernel does for the thread, are part of it. Threads
 * that nobody counts pay nothing: a counted one is special (kernel/sched/sched.h).
 *
 * What one counted thread loses another gains at the same tick; so the times of all, if all are
 * counted, and that of idle add up to the time that has passed, to the tick.
 */
#ifndef KERNEL_SCHED_CPU_TIME_H
#define KERNEL_SCHED_CPU_TIME_H

#include "kernel/sched/thread.h"

/* Counts the time of a thread from now on, from 0; it goes on if it is counted already. O(1).
 * STALE. */
MUST_USE status_t thread_count_time(thread_id_t id) IRQ_UNMASKED;

/* How long a thread has run since it is counted; also when it has ended and is not joined yet.
 * O(1). STALE; UNSUPPORTED: it is not counted. Both leave `ran` alone. */
MUST_USE status_t thread_cpu_time(thread_id_t id, duration_t *ran);

/* Counts this CPU's idle time from now on, from 0; it goes on if it is counted already. O(1). */
void cpu_count_idle(void) IRQ_UNMASKED;

/* A time in which the load is looked at. */
struct cpu_load {
    instant_t begin;
    duration_t idle; /* of all before it */
};

/* Begins a window, or the next one. O(1). */
void cpu_load_begin(struct cpu_load *window);

/* How busy the CPU has been since the window began: 0..1000, in thousandths, rounded down; 0 for a
 * window without a tick. O(1). UNSUPPORTED: idle time is not counted; leaves `load` alone. */
MUST_USE status_t cpu_load(const struct cpu_load *window, unsigned *load);

/* How long this CPU has been idle since that is counted. O(1). UNSUPPORTED: it is not; leaves `idle`
 * alone. */
MUST_USE status_t cpu_idle_time(duration_t *idle);

#endif
