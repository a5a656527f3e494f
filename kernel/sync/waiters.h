/* SPDX-License-Identifier: MIT */
/*
 * What objects with one queue of waiters have in common: the ends of their task calls, waiting with
 * or without a deadline, and sending all waiters away when the object is closed. A task call has
 * looked at the object in the same masked stretch, so nothing comes between that look and joining
 * the queue.
 */
#ifndef KERNEL_SYNC_WAITERS_H
#define KERNEL_SYNC_WAITERS_H

#include "kernel/sched/sched.h"

/* The end of a task call where something was done or refused: sets the result. O(1). */
static ALWAYS_INLINE struct frame *waiters_answer_irq(struct cpu *cpu, status_t status) IRQ_MASKED {
    arch_frame_set_result(&cpu->current->frame, (uint64_t)(int64_t)status);
    return sched_exit_irq(cpu);
}

/* The other end: the running thread joins `queue` until `deadline`; a past one answers TIMED_OUT.
 * `buffer` is for who wakes it. O(log timed events). */
struct frame *waiters_wait_until_irq(struct cpu *cpu, struct prio_queue *queue, void *buffer,
                                     instant_t deadline) IRQ_MASKED;

/* The same; without a deadline it is O(1). */
static ALWAYS_INLINE struct frame *waiters_wait_irq(struct cpu *cpu, struct prio_queue *queue,
                                                    void *buffer, instant_t deadline) IRQ_MASKED {
    if (deadline.ticks != INSTANT_NEVER.ticks) {
        return waiters_wait_until_irq(cpu, queue, buffer, deadline);
    }
    return sched_block_irq(cpu, queue, buffer);
}

/* Wakes all who wait in `queue`, whose object lets nobody join any more, with CLOSED; one masked
 * stretch of O(log timed events) for each, and a higher one runs at once. O(waiters). */
void waiters_dismiss(struct prio_queue *queue) IRQ_UNMASKED;

#endif
