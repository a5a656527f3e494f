/* SPDX-License-Identifier: MIT */
/*
 * What is true of the kernel's own structures whenever interrupts are unmasked, whatever was asked
 * of it. The checker sees them from outside and believes nothing: it counts the threads in every
 * ring and heap, and compares with what the threads say of themselves. If each thread that a ring
 * holds claims to be in it, and as many are in rings as claim to be, each is in exactly one.
 *
 * For any test: the simulation asks at the end of each masked stretch, the sweep (tests/sweep/) at
 * each interrupt it places. An answer is the broken rule in words, or NULL.
 */
#ifndef TESTS_INVARIANTS_INVARIANTS_H
#define TESTS_INVARIANTS_INVARIANTS_H

#include "kernel/ipc/mailbox.h"
#include "kernel/mm/pool.h"
#include "kernel/sync/barrier.h"
#include "kernel/sync/event_flags.h"
#include "kernel/sync/miss_box.h"
#include "kernel/sync/semaphore.h"

/* CONTAINER_OF() of who only looks. */
#define CONST_CONTAINER(pointer, type, member)                                                     \
    ((const type *)((const char *)(pointer)-offsetof(type, member)))

/* What the checker cannot see by itself. */
struct invariants_view {
    const struct mailbox *const *mailboxes; /* whose queues it looks into */
    unsigned mailbox_count;
    const struct semaphore *const *semaphores;
    unsigned semaphore_count;
    const struct event_flags *const *event_flags;
    unsigned event_flags_count;
    const struct barrier *const *barriers;
    unsigned barrier_count;
    const struct miss_box *const *miss_boxes;
    unsigned miss_box_count;
    const struct pool *const *pools;
    unsigned pool_count;
    bool all_mailboxes; /* there are no others: who waits in a queue waits in one of these */
    bool may_owe;       /* the running thread is in a direct call, about to ask for a reschedule */
    uint64_t compare;   /* the timer's compare register */
};

/* Ready queue, thread states, wait queues, timed events and the compare, joins, free slots, stacks,
 * objects of kernel/sync, turnstiles, pools. O(slots^2 + levels * objects). */
const char *invariants_broken_irq(const struct invariants_view *view) IRQ_MASKED;

/* A part of it: what one thread is lent, and the turnstile it stands in. `settling`: may be behind.
 * O(slots). */
struct thread;
const char *invariants_turnstile_broken_irq(const struct thread *thread,
                                            const struct thread *settling) IRQ_MASKED;

/* The heap and the frames, on the machine. Nobody else uses them meanwhile. O(blocks + frames). */
const char *invariants_memory_broken_irq(void) IRQ_MASKED;

#endif
