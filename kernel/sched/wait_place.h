/* SPDX-License-Identifier: MIT */
/*
 * Places: how a thread that waits for several objects (kernel/sync/wait_any.h) stands in the queue
 * of each, among threads that wait for one. The places are on its stack.
 *
 *      semaphore's queue:  thread C, [place 0]--.
 *                                                any --> thread
 *      mailbox's queue:    [place 1]------------'   `--> served: the place that it was
 *
 * To who serves an object a place is a thread that waits: it has the part of one that such a server
 * looks at, so nobody need ask which of both it is. They differ in what is looked at last, and only
 * where a thread does not simply wait: the state (sched_wake_irq()). There the place is claimed:
 * all places of its thread are taken out in the same masked stretch, and the thread is woken, if it
 * waits. So nothing is ever given to a thread that has got something else.
 *
 * A thread joins the objects one by one before it waits, and leaves them when its time is up and it
 * runs again; a place may be claimed all that time. What is served ends the wait without calling its
 * deadline off: the thread does that, too.
 *
 * All of it is O(1) for each place, and a thread has CONFIG_WAIT_ANY_MAX at most.
 */
#ifndef KERNEL_SCHED_WAIT_PLACE_H
#define KERNEL_SCHED_WAIT_PLACE_H

#include "config.h"
#include "kernel/sched/thread_internal.h"

/* The part of a thread that a place has, in whole lines, as threads have it. */
#define WAIT_PLACE_FROM (offsetof(struct thread, node) & ~(_Alignof(struct thread) - 1))
#define WAIT_PLACE_TO   (offsetof(struct thread, joining) + sizeof(struct thread *))

struct wait_place {
    /* Interrupts masked. Of a thread: node; state: PLACE; priority: where the node stands;
     * wait_queue: in which queue, NULL: none; wait_buffer; joining: whose joiner it is. */
    uint8_t part[WAIT_PLACE_TO - WAIT_PLACE_FROM] ALIGNED(_Alignof(struct thread));
    struct wait_any *any;
};

struct wait_any {
    /* Interrupts masked. */
    struct thread *thread;
    uint64_t count;            /* places that have been joined */
    struct wait_place *served; /* NULL: none yet */
    status_t status;           /* what it was served with */
    bool armed;                /* the thread's timed event is, for this wait */
    bool expired;              /* it has come */
    struct wait_place place[CONFIG_WAIT_ANY_MAX];
};

/* The thread that a place looks like. Of its members only those above are there. */
static ALWAYS_INLINE struct thread *wait_place_face(struct wait_place *place) {
    uintptr_t thread = (uintptr_t)place - WAIT_PLACE_FROM;
    __asm__("" : "+r"(thread)); /* else the compiler knows that it lies outside of all objects */
    return (struct thread *)thread;
}

static ALWAYS_INLINE struct wait_place *wait_place_of_face(struct thread *face) {
    return (struct wait_place *)((uintptr_t)face + WAIT_PLACE_FROM);
}

/* --- Who waits ---------------------------------------------------------------------------------- */

/* The running thread is about to wait. O(1). */
void wait_place_begin(struct wait_any *any) IRQ_UNMASKED;

/* Its next place joins `queue`, or `thread`, which nobody joins yet, as its joiner; or nothing: both
 * NULL. `buffer` is for who serves it. O(1). */
void wait_place_join_irq(struct wait_any *any, struct prio_queue *queue, struct thread *thread,
                         void *buffer) IRQ_MASKED;

/* Its next place has been served with `status`, by itself. O(1). */
void wait_place_serve_irq(struct wait_any *any, status_t status) IRQ_MASKED;

/* It is over: leaves what was joined, unless one was served, and calls the deadline off; nobody knows
 * `any` any more. O(log timed events + CONFIG_WAIT_ANY_MAX). */
void wait_place_end_irq(struct cpu *cpu, struct thread *self) IRQ_MASKED;

/* The priority of `thread`, which waits, has changed: its places join the new level of their queues.
 * O(CONFIG_WAIT_ANY_MAX). */
void wait_place_follow_irq(const struct thread *thread) IRQ_MASKED;

/* Sets the deadline. O(log timed events). */
void wait_place_arm_irq(struct cpu *cpu, struct wait_any *any, instant_t deadline) IRQ_MASKED;

/* The task call: waits until a place is served, or the deadline is past. */
struct frame *wait_any_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

/* --- Who serves --------------------------------------------------------------------------------- */

/* `face`, which its server has taken out of its queue, is served with `status`: its thread is woken,
 * if it waits. Result as sched_enqueue_irq(). O(CONFIG_WAIT_ANY_MAX). */
bool wait_place_claim_irq(struct cpu *cpu, struct thread *face, status_t status) IRQ_MASKED;

/* A handler of kernel/tables/timed_events.c. */
void wait_place_time_event(struct cpu *cpu, struct timed_event *event) IRQ_MASKED;

#endif
