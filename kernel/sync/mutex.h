/* SPDX-License-Identifier: MIT */
/*
 * Mutexes with priority inheritance. A word says who owns one:
 *
 *     0             free
 *     thread id     owned, and nobody waits
 *     ... | SLOW    free or owned, but there is more to do than to write the word: somebody waits,
 *                   it has a ceiling, it is locked more than once, it is closed
 *
 * So to lock a free one and to unlock one that nobody waits for is to compare and write a word, and
 * no list tells who owns what. A thread id is never used again: an owner that has ended is
 * recognised by its id, by who comes next. Who finds the mutex owned joins its turnstile
 * (kernel/sched/turnstile.h), which lends the owner the waiters' priority. Unlocking hands the
 * mutex over to the oldest waiter of the highest priority, which never has to try again.
 *
 * An owner that ends, by exit or by a fault, gives its mutexes away; the next owner is told
 * OWNER_DIED: it holds the lock, and what the lock protects may be half done.
 *
 * All zeroes is a plain mutex, free. Lengths of masked code: O(1), plus O(log timed events) where a
 * thread waits, or one that waits with a deadline is woken, plus O(CONFIG_INHERITANCE_CHAIN_MAX)
 * where it joins.
 */
#ifndef KERNEL_SYNC_MUTEX_H
#define KERNEL_SYNC_MUTEX_H

#include "kernel/sched/turnstile.h"
#include "kernel/time/time.h"
#include "lib/context.h"
#include "lib/status.h"

/* All zeroes: not recursive, inheritance alone. */
struct mutex_attributes {
    bool recursive;   /* its owner may lock it again, and unlocks it as often */
    bool has_ceiling; /* its owner has at least priority `ceiling`, whoever waits */
    uint8_t ceiling;  /* 0..63: the highest base priority of those who lock it */
};

struct mutex {
    /* Interrupts masked. */
    uint64_t word;
    uint32_t depth; /* times that its owner has locked it beyond the first */
    bool closed;
    struct turnstile turnstile;

    /* Constant after init. */
    bool recursive;
};

#define MUTEX_DEPTH_MAX UINT32_MAX

/* Prepares a mutex in the caller's storage. Nobody uses it yet. attributes NULL: all zeroes. O(1),
 * any context. INVALID_ARGUMENT: mutex NULL. OUT_OF_RANGE: the ceiling. */
MUST_USE status_t mutex_init(struct mutex *mutex, const struct mutex_attributes *attributes);

/* Locks, waiting until `deadline` (absolute) at most; one in the past tries once. While it waits the
 * owner has at least the caller's priority, and so on along the chain of owners.
 * OK, OWNER_DIED: the caller owns it. TIMED_OUT. CLOSED: also while waiting. DEADLOCK: the caller
 * owns it and it is not recursive, or its owner waits for the caller. TOO_DEEP: more than
 * CONFIG_INHERITANCE_CHAIN_MAX would wait in a row. FULL: locked MUTEX_DEPTH_MAX times again, or the
 * caller holds CONFIG_CEILINGS_HELD_MAX with a ceiling. OUT_OF_RANGE: the caller's base priority is
 * above the ceiling. */
MUST_USE status_t mutex_lock_until(struct mutex *mutex, instant_t deadline) IRQ_UNMASKED;

/* The same without a deadline. */
static inline MUST_USE status_t mutex_lock(struct mutex *mutex) IRQ_UNMASKED {
    return mutex_lock_until(mutex, INSTANT_NEVER);
}

/* Locks if that needs no waiting. WOULD_BLOCK: it is owned. Else as mutex_lock_until(). */
MUST_USE status_t mutex_try_lock(struct mutex *mutex) IRQ_UNMASKED;

/* Unlocks, in any order; hands it over if somebody waits. The caller's priority becomes what it is
 * without these waiters. NOT_OWNER: the caller is not, and nothing is done. */
MUST_USE status_t mutex_unlock(struct mutex *mutex) IRQ_UNMASKED;

/* Refuses to lock from now on, and wakes all waiters with CLOSED, one masked stretch for each; a
 * higher one runs at once. The owner goes on, and may unlock it; when it has, and the threads that
 * were woken have run, the storage is the caller's again. CLOSED: it was. O(waiters). */
status_t mutex_close(struct mutex *mutex) IRQ_UNMASKED;

#endif
