/* SPDX-License-Identifier: MIT */
/* Coming to a barrier, completing a round, withdrawing. */
#include "kernel/sync/barrier.h"

#include "arch/task_call.h"
#include "kernel/sync/barrier_internal.h"
#include "kernel/sync/waiters.h"
#include "kernel/trace/trace_inline.h"
#include "lib/bound.h"

status_t barrier_init(struct barrier *barrier, uint64_t threads) {
    if (barrier == NULL) {
        return STATUS_INVALID_ARGUMENT;
    }
    if (threads == 0 || threads > CONFIG_THREAD_SLOTS) {
        return STATUS_OUT_OF_RANGE;
    }
    barrier->threads = threads;
    barrier->arrived = 0;
    barrier->rounds = 0;
    barrier->current = 0;
    barrier->closed = false;
    prio_queue_init(&barrier->waiters[0]);
    prio_queue_init(&barrier->waiters[1]);
    return STATUS_OK;
}

/* --- Waking those of a complete round ----------------------------------------------------------- */

static ALWAYS_INLINE struct prio_queue *barrier_leaving_irq(struct barrier *barrier) IRQ_MASKED {
    return &barrier->waiters[barrier->current ^ 1];
}

/* One of those whose round was number `rounds` to be completed. False when none is left. */
static bool barrier_wake_one(struct barrier *barrier, uint64_t rounds) {
    bool ask = false;
    arch_irq_mask();
    struct prio_queue *leaving = barrier_leaving_irq(barrier);
    bool any = barrier->rounds == rounds && !prio_queue_is_empty(leaving);
    if (any) {
        ask = sched_wake_irq(arch_cpu_self(), sched_take_waiter_irq(leaving), STATUS_OK);
    }
    arch_irq_unmask();
    if (ask) {
        task_call_reschedule();
    }
    return any;
}

static void barrier_wake(struct barrier *barrier, uint64_t rounds) {
    BOUND_LOOP(waiters, CONFIG_THREAD_SLOTS - 1); /* the caller does not wait */
    while (barrier_wake_one(barrier, rounds)) {
        BOUND_TURN(waiters);
    }
}

/* --- Coming --------------------------------------------------------------------------------------- */

/* Completes the round, if those of the one before are all on their way, and wakes the first.
 * O(log timed events). */
static status_t barrier_complete_irq(struct cpu *cpu, struct barrier *barrier,
                                     struct barrier_arrival *arrival) IRQ_MASKED {
    if (UNLIKELY(!prio_queue_is_empty(barrier_leaving_irq(barrier)))) {
        return STATUS_BUSY;
    }
    barrier->arrived = 0;
    barrier->rounds++;
    barrier->current ^= 1;
    arrival->last = true;
    struct prio_queue *leaving = barrier_leaving_irq(barrier);
    if (LIKELY(!prio_queue_is_empty(leaving))) {
        sched_wake_in_door_irq(cpu, sched_take_waiter_irq(leaving), STATUS_OK);
    }
    return STATUS_OK;
}

struct frame *barrier_wait_call(uint64_t a, uint64_t b, uint64_t c) {
    struct cpu *cpu = arch_cpu_self();
    struct barrier *barrier = (struct barrier *)(uintptr_t)a;
    struct barrier_arrival *arrival = (struct barrier_arrival *)(uintptr_t)b;
    instant_t deadline = {c};
    arrival->round = barrier->rounds;
    if (UNLIKELY(barrier->closed)) {
        return waiters_answer_irq(cpu, STATUS_CLOSED);
    }
    if (barrier->arrived + 1 == barrier->threads) {
        return waiters_answer_irq(cpu, barrier_complete_irq(cpu, barrier, arrival));
    }
    if (deadline.ticks != INSTANT_NEVER.ticks && deadline.ticks <= arch_timer_now().ticks) {
        return waiters_answer_irq(cpu, STATUS_TIMED_OUT);
    }
    barrier->arrived++;
    arrival->waited = true;
    return sched_block_until_irq(cpu, &barrier->waiters[barrier->current], NULL,
                                 TIMED_EVENT_TIMEOUT, deadline);
}

/* The caller's wait ended by time: whether its round was complete before it came to run. O(1). */
static status_t barrier_withdraw(struct barrier *barrier, const struct barrier_arrival *arrival) {
    status_t status = STATUS_OK;
    arch_irq_mask();
    if (barrier->rounds == arrival->round) {
        barrier->arrived--;
        status = STATUS_TIMED_OUT;
    }
    arch_irq_unmask();
    return status;
}

static ALWAYS_INLINE status_t barrier_come(struct barrier *barrier, struct barrier_arrival *arrival,
                                           instant_t deadline) {
    return task_call_barrier_wait((uint64_t)(uintptr_t)barrier, (uint64_t)(uintptr_t)arrival,
                                  deadline.ticks);
}

status_t barrier_wait_until(struct barrier *barrier, bool *last, instant_t deadline) {
    struct barrier_arrival arrival = {.last = false};
    trace_call(TRACE_CALL_ARRIVE, barrier);
    status_t status = barrier_come(barrier, &arrival, deadline);
    if (UNLIKELY(status == STATUS_BUSY)) {
        barrier_wake(barrier, arrival.round);
        status = barrier_come(barrier, &arrival, deadline);
    }
    if (arrival.last) {
        barrier_wake(barrier, arrival.round + 1);
    }
    if (status == STATUS_TIMED_OUT && arrival.waited) {
        status = barrier_withdraw(barrier, &arrival);
    }
    if (status == STATUS_OK && last != NULL) {
        *last = arrival.last;
    }
    return status;
}

/* --- Closing ---------------------------------------------------------------------------------- */

status_t barrier_close(struct barrier *barrier) {
    arch_irq_mask();
    bool was_closed = barrier->closed;
    barrier->closed = true; /* from here on no round is completed */
    uint64_t rounds = barrier->rounds;
    arch_irq_unmask();
    barrier_wake(barrier, rounds);
    waiters_dismiss(&barrier->waiters[barrier->current]);
    return was_closed ? STATUS_CLOSED : STATUS_OK;
}
