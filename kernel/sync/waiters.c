/* SPDX-License-Identifier: MIT */
/* Waiting until a moment, and being sent away. */
#include "kernel/sync/waiters.h"

#include "arch/task_call.h"
#include "lib/bound.h"

NOINLINE struct frame *waiters_wait_until_irq(struct cpu *cpu, struct prio_queue *queue,
                                              void *buffer, instant_t deadline) {
    if (deadline.ticks <= arch_timer_now().ticks) {
        return waiters_answer_irq(cpu, STATUS_TIMED_OUT);
    }
    return sched_block_until_irq(cpu, queue, buffer, TIMED_EVENT_TIMEOUT, deadline);
}

/* False when none is left. O(log timed events). */
static bool waiters_dismiss_one(struct prio_queue *queue) {
    bool ask = false;
    arch_irq_mask();
    bool any = !prio_queue_is_empty(queue);
    if (any) {
        ask = sched_wake_irq(arch_cpu_self(), sched_take_waiter_irq(queue), STATUS_CLOSED);
    }
    arch_irq_unmask();
    if (ask) {
        task_call_reschedule();
    }
    return any;
}

void waiters_dismiss(struct prio_queue *queue) {
    BOUND_LOOP(waiters, CONFIG_THREAD_SLOTS - 1); /* no new ones, and the caller does not wait */
    while (waiters_dismiss_one(queue)) {
        BOUND_TURN(waiters);
    }
}
