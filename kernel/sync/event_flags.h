/* SPDX-License-Identifier: MIT */
/*
 * Event flags: 64 bits that threads set and wait for: any of some bits, or all of them, with those
 * bits cleared on the way out where that is asked for.
 *
 * A set takes effect at one moment: every thread that waits then is judged once, by the value that
 * the flags have then, whatever others set or clear later. But it looks at one waiter in a masked
 * stretch, so others run in between. That they do not see a set half done is kept by three rules:
 *
 *   - The waiters of that moment stand aside, in a queue of their own: `waiters[current ^ 1]`. Who
 *     begins to wait later joins the other one, and is none of that set's business.
 *   - Who wants to wait first helps the walk that is under way to its end; so it finds the flags as
 *     all that were woken leave them, with their bits cleared.
 *   - A set that finds another under way puts itself behind it, and helps until its own is done.
 *
 *                set: value, current ^= 1              meets it: woken, its bits cleared
 *      waiters[current] ---------> waiters[current ^ 1] -----<
 *            ^                                               does not: back, behind who came since
 *            `-----------------------------------------------'
 *
 * The only trace of a walk: where yet another set comes between that help and the wait itself, who
 * waits stands before those of its level that this set has yet to look at. Nobody loses by that: a
 * set wakes all whose bits are there.
 *
 * All masked code: O(1), plus O(log timed events) where a waiter with a deadline is woken. There is
 * no call for interrupts' handlers: a set wakes any number of threads.
 */
#ifndef KERNEL_SYNC_EVENT_FLAGS_H
#define KERNEL_SYNC_EVENT_FLAGS_H

#include "config.h"
#include "kernel/time/time.h"
#include "lib/context.h"
#include "lib/prio_queue.h"
#include "lib/status.h"

#define EVENT_FLAGS_ANY   0u /* one of the bits is enough */
#define EVENT_FLAGS_ALL   1u /* all bits at one moment */
#define EVENT_FLAGS_CLEAR 2u /* with one of those: who waited clears all bits it waited for */

struct event_flags_change;

/* What a thread waits for: its wait_buffer. */
struct event_flags_want {
    uint64_t bits;
    uint64_t mode;
    uint64_t seen; /* set by who wakes it with OK */
};

struct event_flags {
    /* Interrupts masked. */
    uint64_t value;
    uint64_t judged;                  /* the value at the moment of the walk under way */
    uint64_t walks;                   /* begun so far: the last one's number */
    struct event_flags_change *first; /* sets that wait for the walk's end, oldest first */
    struct event_flags_change *last;
    uint32_t current; /* the queue that who begins to wait joins */
    bool closed;
    struct prio_queue waiters[2];
};

/* Static event flags, ready for use. */
#define EVENT_FLAGS_INITIALIZER(value_)                                                            \
    { .value = (value_) }

/* Prepares event flags. Nobody uses them yet. O(1), any context. INVALID_ARGUMENT: NULL. */
MUST_USE status_t event_flags_init(struct event_flags *flags, uint64_t value);

/* Sets `bits`, and wakes all whose condition is met, one masked stretch for each waiter; a higher
 * one runs at once. CLOSED. O(waiters), bounded masked; O(waiters * threads) at most, where others
 * are in the middle of setting the same flags. */
status_t event_flags_set(struct event_flags *flags, uint64_t bits) IRQ_UNMASKED;

/* Clears `bits`. Who is being woken by a set under way is woken all the same. O(1). CLOSED. */
status_t event_flags_clear(struct event_flags *flags, uint64_t bits) IRQ_UNMASKED;

/* Waits until any or all of `bits` are set, as `mode` says, at most until `deadline` (absolute; in
 * the past: tries once). `seen` (may be NULL) is the value that met the condition, before anything
 * was cleared. INVALID_ARGUMENT: no bits, unknown mode. TIMED_OUT and CLOSED leave `seen` alone.
 * O(waiters) where a set is under way, else O(log timed events). */
MUST_USE status_t event_flags_wait_until(struct event_flags *flags, uint64_t bits, unsigned mode,
                                         uint64_t *seen, instant_t deadline) IRQ_UNMASKED;

/* The same without a deadline. */
static inline MUST_USE status_t event_flags_wait(struct event_flags *flags, uint64_t bits,
                                                 unsigned mode, uint64_t *seen) IRQ_UNMASKED {
    return event_flags_wait_until(flags, bits, mode, seen, INSTANT_NEVER);
}

/* The same without waiting. WOULD_BLOCK: the condition is not met. */
MUST_USE status_t event_flags_try_wait(struct event_flags *flags, uint64_t bits, unsigned mode,
                                       uint64_t *seen) IRQ_UNMASKED;

/* The flags now: a hint, as soon as others run; during a set it has bits that those it has yet to
 * wake will clear. O(1), any context. */
static inline uint64_t event_flags_value(const struct event_flags *flags) {
    return flags->value;
}

/* Refuses everything from now on and wakes all waiters with CLOSED, one masked stretch for each; a
 * higher one runs at once. A set under way is brought to its end first. CLOSED: they were.
 * O(waiters), bounded masked. */
status_t event_flags_close(struct event_flags *flags) IRQ_UNMASKED;

#endif
