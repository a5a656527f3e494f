/* SPDX-License-Identifier: MIT */
/*
 * Condition variables: a thread that owns a mutex waits for what others change under it. To wait is
 * to join the condition's queue and then to unlock, so nothing that is signalled after the unlock is
 * missed. A signal does not wake the waiter while the mutex is owned: it moves the waiter into the
 * mutex's turnstile, where it lends its priority, and the unlock that comes hands the mutex over.
 *
 *     waits:    condition's queue --signal--> mutex's turnstile --unlock--> owns it again, returns
 *
 * All that wait at the same time wait with the same mutex. All zeroes is a condition that nobody
 * waits for. Lengths of masked code: as mutexes'.
 */
#ifndef KERNEL_SYNC_CONDITION_H
#define KERNEL_SYNC_CONDITION_H

#include "kernel/sync/mutex.h"

struct condition {
    /* Interrupts masked. */
    struct turnstile turnstile; /* nobody owns it */
    struct mutex *mutex;        /* of those who wait */
    bool closed;
};

/* Prepares a condition in the caller's storage. Nobody uses it yet. O(1), any context.
 * INVALID_ARGUMENT: NULL. */
MUST_USE status_t condition_init(struct condition *condition);

/* Unlocks `mutex`, which the caller has locked once, waits for a signal until `deadline` (absolute),
 * and locks again, without a deadline. What was waited for may have changed again since: look, and
 * wait again. OK: signalled. TIMED_OUT. CLOSED: also while waiting. OWNER_DIED: as of a mutex; the
 * wait may have ended in any way. With all of these the caller owns the mutex. NOT_OWNER: it did
 * not; or does not any more, because the mutex was closed, or waiting for it would be a deadlock or
 * too deep. BUSY: locked more than once. INVALID_ARGUMENT: others wait with another mutex.
 * Masked: O(log timed events). */
MUST_USE status_t condition_wait_until(struct condition *condition, struct mutex *mutex,
                                       instant_t deadline) IRQ_UNMASKED;

/* The same without a deadline. */
static inline MUST_USE status_t condition_wait(struct condition *condition,
                                               struct mutex *mutex) IRQ_UNMASKED {
    return condition_wait_until(condition, mutex, INSTANT_NEVER);
}

/* Lets the oldest waiter of the highest priority go on, if there is one. The caller need not own the
 * mutex. */
void condition_signal(struct condition *condition) IRQ_UNMASKED;

/* Lets all go on that wait, one masked stretch for each. The caller owns their mutex, so that nobody
 * comes to wait meanwhile. NOT_OWNER: it does not, and somebody waits. O(waiters). */
MUST_USE status_t condition_broadcast(struct condition *condition) IRQ_UNMASKED;

/* Refuses to wait from now on, and lets all go on that wait, with CLOSED, one masked stretch for
 * each. When they have run the storage is the caller's again. CLOSED: it was. O(waiters). */
status_t condition_close(struct condition *condition) IRQ_UNMASKED;

#endif
