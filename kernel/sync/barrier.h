/* SPDX-License-Identifier: MIT */
/*
 * Barriers: `threads` threads wait for each other; the last to come lets all go on, and is told so.
 * Then the barrier is as new, for the next round.
 *
 * The last wakes one in a masked stretch, so those that were woken first may come again before the
 * others have been woken. Therefore a round's waiters have a queue of their own: when it is complete
 * they stand in `waiters[current ^ 1]` until they are woken, and who comes joins the other one. If
 * no more than `threads` use it, the next round cannot be complete before all of this one are on
 * their way. If more do, who would complete it first helps to wake them.
 *
 * A wait that ends by time does not know the barrier: its thread withdraws when it runs, and until
 * then counts as having come. If the round is complete by then, it was part of it, and answers OK.
 *
 * All masked code: O(1), plus O(log timed events) where a waiter with a deadline is woken.
 */
#ifndef KERNEL_SYNC_BARRIER_H
#define KERNEL_SYNC_BARRIER_H

#include "config.h"
#include "kernel/time/time.h"
#include "lib/context.h"
#include "lib/prio_queue.h"
#include "lib/status.h"

struct barrier {
    /* Constant after init. */
    uint64_t threads;

    /* Interrupts masked. */
    uint64_t arrived; /* of this round; below `threads` */
    uint64_t rounds;  /* that were completed */
    uint32_t current; /* the queue that who comes joins */
    bool closed;
    struct prio_queue waiters[2];
};

/* A static barrier for `threads_` threads, ready for use. */
#define BARRIER_INITIALIZER(threads_)                                                              \
    { .threads = (threads_) }

/* Prepares a barrier. Nobody uses it yet. O(1), any context. INVALID_ARGUMENT: NULL. OUT_OF_RANGE:
 * threads 0 or more than CONFIG_THREAD_SLOTS. */
MUST_USE status_t barrier_init(struct barrier *barrier, uint64_t threads);

/* Waits until `threads` threads have come, the caller included, at most until `deadline` (absolute;
 * in the past: tries once). `last` (may be NULL) tells whether it was the caller who completed the
 * round; it wakes the others, one masked stretch for each, and a higher one runs at once.
 * TIMED_OUT: the caller withdrew. CLOSED: also while waiting. BUSY: more than `threads` threads use
 * the barrier, and have completed rounds meanwhile: the caller did not come. Errors leave `last`
 * alone. O(threads), bounded masked. */
MUST_USE status_t barrier_wait_until(struct barrier *barrier, bool *last,
                                     instant_t deadline) IRQ_UNMASKED;

/* The same without a deadline. */
static inline MUST_USE status_t barrier_wait(struct barrier *barrier, bool *last) IRQ_UNMASKED {
    return barrier_wait_until(barrier, last, INSTANT_NEVER);
}

/* Refuses waits from now on and wakes all waiters with CLOSED, one masked stretch for each; a higher
 * one runs at once. A round that is complete is brought to its end first. CLOSED: it was.
 * O(waiters), bounded masked. */
status_t barrier_close(struct barrier *barrier) IRQ_UNMASKED;

#endif
