/* SPDX-License-Identifier: MIT */
/* Counting, for those who make threads timed ones. */
#ifndef KERNEL_SCHED_CPU_TIME_INTERNAL_H
#define KERNEL_SCHED_CPU_TIME_INTERNAL_H

#include "kernel/sched/thread_internal.h"

/* The time of `thread` counts from now on, if it does not yet; `timed`: THREAD_TIMED_… O(1). */
void thread_timed_begin_irq(struct cpu *cpu, struct thread *thread, unsigned timed) IRQ_MASKED;

/* Adds to the time of `thread`, the running one, until `now`; it counts on from there. O(1). */
static inline void thread_time_pass(struct cpu *cpu, struct thread *thread,
                                    instant_t now) IRQ_MASKED {
    thread->cpu_time.ticks += instant_since(now, cpu->since).ticks;
    cpu->since = now;
}

/* What a counted thread has run, until now if it runs. O(1). */
static inline duration_t thread_time_irq(const struct cpu *cpu,
                                         const struct thread *thread) IRQ_MASKED {
    uint64_t ran = thread->cpu_time.ticks;
    if (thread == cpu->current) {
        ran += instant_since(arch_timer_now(), cpu->since).ticks;
    }
    return (duration_t){ran};
}

#endif
