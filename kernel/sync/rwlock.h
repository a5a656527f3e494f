/* SPDX-License-Identifier: MIT */
/*
 * Reader-writer locks: a bounded number of readers at the same time, or one writer. Who is more
 * urgent goes first: a reader enters unless a writer of its priority or a higher one waits, and a
 * writer that waits goes before readers of its own priority and lower ones.
 *
 *     held = 0             free
 *     held = 1..readers    so many read
 *     held = WRITTEN       one writes
 *
 * Hand-off is direct. Whoever leaves lets in the first that may enter; a reader that was let in lets
 * in the next, and so does who gave up waiting: one in each masked stretch, each at the priority of
 * one that goes before. Who holds the lock inherits nothing: a lock that threads of far priorities
 * share is better a mutex.
 *
 * Lengths of masked code: O(1), plus O(log timed events) where a thread waits, or one that waits
 * with a deadline is woken.
 */
#ifndef KERNEL_SYNC_RWLOCK_H
#define KERNEL_SYNC_RWLOCK_H

#include "kernel/time/time.h"
#include "lib/context.h"
#include "lib/prio_queue.h"
#include "lib/status.h"

#define RWLOCK_WRITTEN     UINT64_MAX
#define RWLOCK_READERS_MAX UINT32_MAX

struct rwlock {
    /* Interrupts masked. */
    uint64_t held;
    uint64_t room;   /* readers that there may be now: 0 while it is written, and once closed */
    uint64_t writer; /* the thread id of who writes, as a word */
    struct prio_queue readers;
    struct prio_queue writers;
    bool closed;

    /* Constant after init. */
    uint64_t readers_max;
};

/* Prepares a lock in the caller's storage, for `readers` at the same time. Nobody uses it yet. O(1),
 * any context. INVALID_ARGUMENT: NULL. OUT_OF_RANGE: readers 0 or above RWLOCK_READERS_MAX. */
MUST_USE status_t rwlock_init(struct rwlock *lock, uint64_t readers);

/* Enters to read, or to write, waiting until `deadline` (absolute) at most; one in the past tries
 * once. Not recursive: who has entered and enters to write waits for itself. TIMED_OUT. CLOSED: also
 * while waiting. */
MUST_USE status_t rwlock_read_lock_until(struct rwlock *lock, instant_t deadline) IRQ_UNMASKED;
MUST_USE status_t rwlock_write_lock_until(struct rwlock *lock, instant_t deadline) IRQ_UNMASKED;

/* The same without a deadline. */
static inline MUST_USE status_t rwlock_read_lock(struct rwlock *lock) IRQ_UNMASKED {
    return rwlock_read_lock_until(lock, INSTANT_NEVER);
}

static inline MUST_USE status_t rwlock_write_lock(struct rwlock *lock) IRQ_UNMASKED {
    return rwlock_write_lock_until(lock, INSTANT_NEVER);
}

/* Leaves. NOT_OWNER: nobody reads; the caller does not write. */
MUST_USE status_t rwlock_read_unlock(struct rwlock *lock) IRQ_UNMASKED;
MUST_USE status_t rwlock_write_unlock(struct rwlock *lock) IRQ_UNMASKED;

/* Lets nobody in from now on, and wakes all waiters with CLOSED, one masked stretch for each; a
 * higher one runs at once. Who has entered goes on, and leaves. CLOSED: it was. O(waiters). */
status_t rwlock_close(struct rwlock *lock) IRQ_UNMASKED;

#endif
