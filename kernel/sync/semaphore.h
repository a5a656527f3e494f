/* SPDX-License-Identifier: MIT */
/*
 * Counting semaphores: some units of something, at most `maximum`, that threads take and give.
 * Waiters stand in order of priority, first come first served among equals; a given unit goes to
 * the first of them directly, who is woken with it and never has to try again.
 *
 *      give --> [ count of maximum units ] --> take
 *      full: refused                           none: waits
 *
 * Both calls are a few instructions where nobody waits, so they are inline. A give has one test for
 * three reasons to look closer: `limit` is the maximum, but 0 from when somebody waits or the
 * semaphore is closed. Who leaves the queue does not put it back: the next give that finds nobody
 * does, so waits may end by time without touching the semaphore.
 *
 * Invariant: while somebody waits, and once closed, count and limit are 0.
 *
 * All masked code: O(1), plus O(log timed events) where a waiter with a deadline is woken.
 */
#ifndef KERNEL_SYNC_SEMAPHORE_H
#define KERNEL_SYNC_SEMAPHORE_H

#include "arch/cpu.h"
#include "arch/task_call.h"
#include "kernel/sync/semaphore_inline.h"
#include "kernel/time/time.h"
#include "kernel/trace/trace_inline.h"
#include "lib/context.h"
#include "lib/prio_queue.h"
#include "lib/status.h"

struct semaphore {
    /* Interrupts masked. */
    uint64_t count; /* units to be had */
    uint64_t limit; /* below it a give is an increment; 0: it must look closer */

    /* Constant after init. */
    uint64_t maximum;

    /* Interrupts masked. */
    bool closed;
    struct prio_queue waiters;
};

/* A static semaphore, ready for use: `initial_` <= `maximum_`, which is not 0. */
#define SEMAPHORE_INITIALIZER(initial_, maximum_)                                                  \
    { .count = (initial_), .limit = (maximum_), .maximum = (maximum_) }

/* Prepares a semaphore with `initial` units of at most `maximum`. Nobody uses it yet. O(1), any
 * context. INVALID_ARGUMENT: NULL. OUT_OF_RANGE: maximum 0, or initial above it. */
MUST_USE status_t semaphore_init(struct semaphore *semaphore, uint64_t initial, uint64_t maximum);

/* Refuses gives and takes from now on, units that were left included, and wakes all waiters with
 * CLOSED, one masked stretch for each; a higher one runs at once. CLOSED: it was. O(waiters),
 * bounded masked. */
status_t semaphore_close(struct semaphore *semaphore) IRQ_UNMASKED;

/* Takes a unit if there is one. Never blocks, O(1). WOULD_BLOCK: none. CLOSED. */
static inline MUST_USE status_t semaphore_try_take(struct semaphore *semaphore) IRQ_UNMASKED {
    trace_call(TRACE_CALL_TAKE, semaphore);
    arch_irq_mask();
    uint64_t count = semaphore->count;
    if (LIKELY(count != 0)) {
        semaphore->count = count - 1;
        arch_irq_unmask();
        return STATUS_OK;
    }
    status_t status = semaphore->closed ? STATUS_CLOSED : STATUS_WOULD_BLOCK;
    arch_irq_unmask();
    return status;
}

/* Takes a unit, or waits for one until `deadline` (absolute). A deadline in the past tries once.
 * TIMED_OUT: none was taken. CLOSED: also while waiting. Masked: O(log timed events). */
static inline MUST_USE status_t semaphore_take_until(struct semaphore *semaphore,
                                                     instant_t deadline) IRQ_UNMASKED {
    trace_call(TRACE_CALL_TAKE, semaphore);
    arch_irq_mask();
    uint64_t count = semaphore->count;
    if (LIKELY(count != 0)) {
        semaphore->count = count - 1;
        arch_irq_unmask();
        return STATUS_OK;
    }
    arch_irq_unmask();
    return task_call_semaphore_take((uint64_t)(uintptr_t)semaphore, deadline.ticks);
}

/* The same without a deadline. CLOSED. */
static inline MUST_USE status_t semaphore_take(struct semaphore *semaphore) IRQ_UNMASKED {
    return semaphore_take_until(semaphore, INSTANT_NEVER);
}

/* Gives a unit: to the first waiter, which runs at once if it is higher, or to whom comes. Never
 * blocks. Masked: O(log timed events). FULL: there are `maximum` units already. CLOSED. */
static inline MUST_USE status_t semaphore_give(struct semaphore *semaphore) IRQ_UNMASKED {
    trace_call(TRACE_CALL_GIVE, semaphore);
    arch_irq_mask();
    uint64_t count = semaphore->count;
    if (LIKELY(count < semaphore->limit)) {
        semaphore->count = count + 1;
        arch_irq_unmask();
        return STATUS_OK;
    }
    return semaphore_give_closely(semaphore);
}

/* The same for the kernel's doors: who is woken runs when the door is left. */
MUST_USE status_t semaphore_give_irq(struct semaphore *semaphore) IRQ_MASKED;

/* Units to be had now: a hint, as soon as others run. O(1), any context. */
static inline uint64_t semaphore_count(const struct semaphore *semaphore) {
    return semaphore->count;
}

#endif
