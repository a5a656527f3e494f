/* SPDX-License-Identifier: MIT */
/*
 * Waiting for several objects at once, until one of them has something for the caller: a message, a
 * unit, event flags, the end of a thread, a moment. What the call tells of is the caller's, as after
 * a wait for that object alone; of the others it has got nothing.
 *
 *     struct wait_for list[] = {
 *         wait_for_message(&orders.mailbox, &order),
 *         wait_for_unit(&rooms),
 *         wait_for_moment(next_report),
 *     };
 *     unsigned which;
 *     status = wait_any(list, 3, &which);
 *
 * In the queue of each object the caller has a place, by its priority, among those who wait for that
 * object alone; who serves the object hands over to it directly, and takes it out of all others in
 * the same moment (kernel/sched/wait_place.h). Serving and waiting for one object cost what they do
 * without this.
 *
 * All masked code: O(count), and the lengths of the objects' own calls.
 */
#ifndef KERNEL_SYNC_WAIT_ANY_H
#define KERNEL_SYNC_WAIT_ANY_H

#include "kernel/ipc/mailbox.h"
#include "kernel/sched/thread.h"
#include "kernel/sync/event_flags.h"
#include "kernel/sync/semaphore.h"

enum wait_for_kind {
    WAIT_FOR_MESSAGE,
    WAIT_FOR_UNIT,
    WAIT_FOR_EVENTS,
    WAIT_FOR_EXIT,
    WAIT_FOR_MOMENT,
};

/* One of the objects: made by the functions below, and good for any number of waits. */
struct wait_for {
    enum wait_for_kind kind;
    union {
        struct mailbox *mailbox;
        struct semaphore *semaphore;
        struct event_flags *flags;
        thread_id_t thread;
        instant_t moment;
    };
    union {
        void *message;
        struct event_flags_want want; /* want.seen: the value that met the condition */
        int64_t exit_code;            /* of the thread that has ended */
    };
};

/* Receive a message into `message`. O(1), any context. */
static inline struct wait_for wait_for_message(struct mailbox *mailbox, void *message) {
    return (struct wait_for){.kind = WAIT_FOR_MESSAGE, .mailbox = mailbox, .message = message};
}

/* Take a unit. O(1), any context. */
static inline struct wait_for wait_for_unit(struct semaphore *semaphore) {
    return (struct wait_for){.kind = WAIT_FOR_UNIT, .semaphore = semaphore};
}

/* Wait for any or all of `bits`, as `mode` says. O(1), any context. */
static inline struct wait_for wait_for_events(struct event_flags *flags, uint64_t bits,
                                              unsigned mode) {
    return (struct wait_for){
        .kind = WAIT_FOR_EVENTS, .flags = flags, .want = {.bits = bits, .mode = mode}};
}

/* Join a thread. O(1), any context. */
static inline struct wait_for wait_for_exit(thread_id_t thread) {
    return (struct wait_for){.kind = WAIT_FOR_EXIT, .thread = thread};
}

/* Wait for a moment. O(1), any context. */
static inline struct wait_for wait_for_moment(instant_t moment) {
    return (struct wait_for){.kind = WAIT_FOR_MOMENT, .moment = moment};
}

/* Waits for one of the `count` objects of `list` until `deadline` (absolute; in the past: tries
 * once), and tells its place in the list by `which`: of several that have something at once, the
 * first. The answer is that object's: OK; CLOSED; of a thread what thread_join() answers. TIMED_OUT:
 * `which` is left alone, as by these: INVALID_ARGUMENT: NULL, an unknown kind, no bits, the same
 * event flags or thread twice; OUT_OF_RANGE: count 0, or above CONFIG_WAIT_ANY_MAX. O(count), and O(waiters) of
 * event flags that are being set; bounded masked. */
MUST_USE status_t wait_any_until(struct wait_for *list, unsigned count, instant_t deadline,
                                 unsigned *which) IRQ_UNMASKED;

/* The same without a deadline. */
static inline MUST_USE status_t wait_any(struct wait_for *list, unsigned count,
                                         unsigned *which) IRQ_UNMASKED {
    return wait_any_until(list, count, INSTANT_NEVER, which);
}

#endif
