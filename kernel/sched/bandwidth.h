/* SPDX-License-Identifier: MIT */
/*
 * Constant bandwidth: what a server does whose threads run by deadline. All of them run by the
 * server's own, which says how fast it may use time: budget by period.
 *
 *   deadline  |--------- T ---------|--------- T ---------|
 *   budget    ####      ##          ####                      used up: the deadline is one period on
 *
 * The thread that is about to run is looked at before its first instruction: whether it has the
 * deadline that its server has by now; whom it is to be compared with; and whether there is budget.
 * One of these at each interrupt. Who blocks loses its deadline, and comes back with 0, so that it is
 * looked at before anybody of its level runs; that is when it arrives. Nobody who wakes it has anything
 * to do with that.
 *
 * Deadlines of a server only grow. So one that a thread still has from before is too early, never too
 * late: the thread is looked at too soon, and nothing is lost.
 *
 * `left` of such a server is what it has used of its budget, negated.
 */
#ifndef KERNEL_SCHED_BANDWIDTH_H
#define KERNEL_SCHED_BANDWIDTH_H

#include "kernel/sched/deadline_order.h"
#include "kernel/sched/server.h"

static inline bool bandwidth_limits(const struct server *server) {
    return server->period == 0;
}

/* Of its server's, this is the deadline of a thread that has yet to arrive. */
#define BANDWIDTH_ARRIVES UINT64_C(0)

/* `thread` no longer runs, nor will, until somebody wakes it. O(1). */
static inline void bandwidth_leave_irq(struct thread *thread) IRQ_MASKED {
    if (thread->deadline.ticks != BANDWIDTH_ARRIVES) {
        thread->deadline.ticks = BANDWIDTH_ARRIVES;
        thread->server->bandwidth.active--;
    }
}

/* The running thread gives way to `next`, or is that. O(1). */
static inline void bandwidth_pass_irq(struct cpu *cpu, struct thread *thread,
                                      const struct thread *next) IRQ_MASKED {
    deadline_order_leave(cpu, next);
    if (thread->state != THREAD_READY) {
        bandwidth_leave_irq(thread);
    }
}

/* Ticks to be had, without what the running thread uses up. */
static inline int64_t bandwidth_left(const struct server *server) {
    return (int64_t)server->budget + server->left;
}

/* When the running thread, which goes on and is lent nothing, is to be looked at: at once, or when the
 * budget ends. O(1). */
static ALWAYS_INLINE instant_t bandwidth_end_irq(struct cpu *cpu,
                                                 const struct thread *thread) IRQ_MASKED {
    const struct server *server = thread->server;
    deadline_order_leave(cpu, thread);
    int64_t left = bandwidth_left(server);
    if (thread->deadline.ticks != server->bandwidth.deadline.ticks || left <= 0 ||
        deadline_order_is_open(cpu, thread)) {
        return (instant_t){0};
    }
    return instant_add(cpu->since, (duration_t){(uint64_t)left});
}

/* The budget is known to be used up, to the running thread and to who handles that; what is left to do is
 * to arm the event for its deadline. O(1). */
static inline bool bandwidth_is_to_arm(const struct thread *thread) IRQ_MASKED {
    const struct server *server = thread->server;
    return server->bandwidth.counted && !server->armed && !server->bandwidth.postpones &&
           bandwidth_left(server) <= 0 &&
           thread->deadline.ticks == server->bandwidth.deadline.ticks &&
           (server->waiter == NULL || server->overruns == server->overruns_told);
}

/* O(log timed events). */
void bandwidth_arm_irq(struct cpu *cpu, struct server *server) IRQ_MASKED;

/* Another look at the running thread. O(1). */
void bandwidth_step_irq(struct cpu *cpu, struct thread *thread) IRQ_MASKED;

/* The deadline of a server has come that somebody waits for: whether that brought budget, or paid whole
 * ones that were owed; those periods nobody runs, once it was looked at anew. O(1). */
bool bandwidth_refill_irq(struct server *server, instant_t now) IRQ_MASKED;

/* `thread` runs by the server's deadline from now on; or is a FIFO thread without deadline. Whoever runs
 * by deadline is to be looked at. O(1). */
void bandwidth_add_irq(struct cpu *cpu, struct thread *thread) IRQ_MASKED;
void bandwidth_remove_irq(struct cpu *cpu, struct thread *thread) IRQ_MASKED;

#endif
