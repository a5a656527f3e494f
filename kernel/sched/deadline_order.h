/* SPDX-License-Identifier: MIT */
/*
 * Who of a level is first, where threads run by deadline. The ring of the ready queue stays what it
 * is: all of the level, in order of arrival. Whenever such a thread is about to run, and others have
 * come that it was not compared with, an interrupt comes before its first instruction and compares
 * some of them, and so on until all are; the earliest becomes the oldest of its level.
 *
 *   ready, level 20:  [A 900] [B 500] [C 500] [D -]     D runs without a deadline: before all others
 *                      ^ would run  ^ next, best = A
 *
 * Nobody who wakes or blocks threads has anything to do with this, and a thread that does not run by
 * deadline pays nothing. Each masked stretch is O(1), and higher ones come in between.
 *
 * Among equals the first of the ring is taken, and moving it to the front moves it past those alone
 * that it comes before: so who came first runs first.
 */
#ifndef KERNEL_SCHED_DEADLINE_ORDER_H
#define KERNEL_SCHED_DEADLINE_ORDER_H

#include "kernel/sched/thread_internal.h"

#define DEADLINE_ORDER_STEP 4

/* A thread that runs by deadline gives way to `next`, or is that: what is known of it does not hold
 * longer than it runs. O(1). */
static inline void deadline_order_leave(struct cpu *cpu, const struct thread *next) {
    if (cpu->by_deadline.first != next) {
        cpu->by_deadline.first = NULL;
    }
}

/* `next`, the oldest of its level, runs by deadline: whether there is somebody whom it was not
 * compared with. O(1). */
static inline bool deadline_order_is_open(const struct cpu *cpu, const struct thread *next) {
    const struct prio_node *tail = next->node.prev;
    return tail != &next->node && (cpu->by_deadline.first != next || cpu->by_deadline.tail != tail);
}

/* The running thread has another deadline: the next look compares it with all anew. O(1). */
static inline void deadline_order_forget(struct cpu *cpu) {
    cpu->by_deadline.first = NULL;
    cpu->by_deadline.head = NULL;
}

/* Somebody ready leaves a level, without running; he may come back behind others. A comparison that is
 * under way begins anew. O(1). */
static inline void deadline_order_interrupt(struct cpu *cpu) {
    cpu->by_deadline.head = NULL;
}

/* Compares some more with the running thread, which runs by deadline; `first` and `tail` are set when
 * there are no more. O(1). */
void deadline_order_step_irq(struct cpu *cpu, struct thread *running) IRQ_MASKED;

#endif
