/* SPDX-License-Identifier: MIT */
/*
 * Where deadline misses are told. A thread that handles them waits at a box; periodic threads name
 * the box (kernel/sched/periodic.h). Whoever waits is told at once, in the interrupt; if nobody
 * does, what is to be told stays with the thread that has missed, so no number of misses is too
 * many: several of one thread become one, with the latest deadline and their number.
 *
 *   T3 misses --> [ T3: 2, until t=900 ] [ T1: 1, until t=950 ] --> the handler, oldest first
 *
 * Whoever waits does so for ever: the interrupt that tells of a miss has taken one event out of
 * the queue of events, and calling a deadline off in the same masked stretch would be too long.
 */
#ifndef KERNEL_SYNC_MISS_BOX_H
#define KERNEL_SYNC_MISS_BOX_H

#include "kernel/sched/periodic.h"
#include "lib/list.h"
#include "lib/prio_queue.h"

struct deadline_miss {
    thread_id_t thread;
    instant_t deadline;  /* the latest that it has missed */
    thread_id_t running; /* who ran at that moment, the thread itself perhaps; NONE: nobody */
    uint64_t count;      /* how many it has missed since it was told of before */
};

struct miss_box {
    /* Interrupts masked. */
    struct list untold; /* threads that have missed and were not told of, oldest first */
    struct prio_queue waiters;
    bool closed;
};

/* Prepares a box. Nobody uses it yet. O(1), any context. INVALID_ARGUMENT: NULL. */
MUST_USE status_t miss_box_init(struct miss_box *box);

/* Tells nobody of anything any more, and wakes all waiters with CLOSED, one masked stretch for each.
 * Threads may still name it. CLOSED: it was. O(waiters + CONFIG_PERIODIC_THREADS), masked O(1). */
status_t miss_box_close(struct miss_box *box) IRQ_UNMASKED;

/* Waits for a miss. The thread that is told of may be gone by then. Masked: O(1).
 * CLOSED: also while waiting. */
MUST_USE status_t miss_box_wait(struct miss_box *box, struct deadline_miss *miss) IRQ_UNMASKED;

/* The same without waiting. O(1). WOULD_BLOCK: there is none. CLOSED. */
MUST_USE status_t miss_box_try_wait(struct miss_box *box, struct deadline_miss *miss) IRQ_UNMASKED;

#endif
