/* SPDX-License-Identifier: MIT */
/*
 * The one writer of a thread's state. A ready thread is in its CPU's ready queue (the running one
 * too), or parked while it is suspended; a waiting one is in at most one wait queue; an ended one waits for its joiner; a free one
 * is on the free list.
 */
#ifndef KERNEL_SCHED_THREAD_STATE_H
#define KERNEL_SCHED_THREAD_STATE_H

#include "kernel/sched/thread_internal.h"
#include "lib/assert.h"

static inline bool thread_state_is_legal(enum thread_state from, enum thread_state to) {
    switch (from) {
    case THREAD_FREE:
        return to == THREAD_READY; /* spawned */
    case THREAD_READY:
        return to == THREAD_WAITING || to == THREAD_WAITING_TIMED || to == THREAD_WAITING_ANY ||
               to == THREAD_ENDED ||
               to == THREAD_FREE; /* ends detached, or with its joiner waiting */
    case THREAD_WAITING_TIMED:    /* its time came, or was called off */
    case THREAD_WAITING_ANY:      /* the same, or one of its places was served */
        return to == THREAD_WAITING;
    case THREAD_WAITING:
        return to == THREAD_READY;
    case THREAD_ENDED:
        return to == THREAD_FREE; /* joined, or detached after its end */
    default:
        return false;
    }
}

/* Moves a thread that must be in `from`; both are constants, so only the first
 * check costs. O(1). */
static ALWAYS_INLINE void thread_state_move(struct thread *thread, enum thread_state from,
                                            enum thread_state to) IRQ_MASKED {
    check(thread_state_is_legal(from, to) && thread->state == (uint8_t)from);
    thread->state = (uint8_t)to;
}

#endif
