/* SPDX-License-Identifier: MIT */
/* The rules of semaphores, event flags, barriers, boxes for misses and pools. */
#include "kernel/sched/sched.h"
#include "kernel/sync/event_flags_internal.h"
#include "kernel/sync/semaphore.h"
#include "tests/invariants/invariants_internal.h"

static const char *check_semaphore(const struct semaphore *semaphore, unsigned *queued) {
    unsigned waiters = invariants_queue_count(&semaphore->waiters, &semaphore->waiters);
    if (waiters > WAITERS_MAX) {
        return "a semaphore's queue is broken";
    }
    if (semaphore->count > semaphore->maximum ||
        (semaphore->limit != 0 && semaphore->limit != semaphore->maximum)) {
        return "a semaphore counts more than its maximum";
    }
    if (waiters != 0 && (semaphore->count != 0 || semaphore->limit != 0)) {
        return "a thread waits though a semaphore has units, or gives would pass it by";
    }
    if (semaphore->closed && (semaphore->count != 0 || semaphore->limit != 0)) {
        return "a closed semaphore has units";
    }
    *queued += waiters;
    return NULL;
}

static bool is_passed_by(const struct event_flags *flags, const struct thread *waiter) {
    return waiter->wait_queue == &flags->waiters[flags->current] &&
           event_flags_meet(flags->value, waiter->wait_buffer);
}

/* Whether one of those who have been judged waits though its condition is met. */
static bool is_forgotten(const struct event_flags *flags) {
    for (unsigned i = 0; i < CONFIG_THREAD_SLOTS; i++) {
        const struct thread *thread = &thread_slots[i];
        if (thread_is_waiting(thread) && is_passed_by(flags, thread)) {
            return true;
        }
        for (unsigned k = 0; k < CONFIG_WAIT_ANY_MAX; k++) {
            const struct thread *face = invariants_place(thread, k);
            if (face != NULL && is_passed_by(flags, face)) {
                return true;
            }
        }
    }
    return false;
}

static const char *check_event_flags(const struct event_flags *flags, unsigned *queued) {
    for (unsigned i = 0; i < ARRAY_SIZE(flags->waiters); i++) {
        unsigned waiters = invariants_queue_count(&flags->waiters[i], &flags->waiters[i]);
        if (waiters > WAITERS_MAX) {
            return "a queue of event flags is broken";
        }
        *queued += waiters;
    }
    bool walked = !prio_queue_is_empty(&flags->waiters[flags->current ^ 1]);
    if (walked && (flags->value & ~flags->judged) != 0) {
        return "event flags were set in the middle of another set";
    }
    return !flags->closed && is_forgotten(flags) ? "a thread waits though its event flags are set"
                                                 : NULL;
}

/* Who waits has come; who has come and does not wait is about to withdraw. */
static const char *check_barrier(const struct barrier *barrier, unsigned *queued) {
    const struct prio_queue *coming = &barrier->waiters[barrier->current];
    const struct prio_queue *leaving = &barrier->waiters[barrier->current ^ 1];
    unsigned waiters = invariants_queue_count(coming, coming);
    unsigned woken = invariants_queue_count(leaving, leaving);
    if (waiters > WAITERS_MAX || woken > CONFIG_THREAD_SLOTS) {
        return "a queue of a barrier is broken";
    }
    *queued += waiters + woken;
    return waiters > barrier->arrived || barrier->arrived >= barrier->threads
               ? "a barrier's round is complete, or counts fewer than wait"
               : NULL;
}

/* Blocks that were taken once are out, or in the list, once. */
static const char *check_pool(const struct pool *pool) {
    uint64_t used = 0;
    for (uint64_t i = 0; i < pool->fresh; i++) {
        used += pool->links[i] == POOL_USED;
    }
    uint64_t listed = 0;
    int64_t number = pool->free;
    while (number >= 0 && (uint64_t)number < pool->fresh && listed <= pool->fresh) {
        number = pool->links[number];
        listed++;
    }
    if (pool->fresh > pool->count || number != POOL_NONE) {
        return "the list of a pool's free blocks is broken";
    }
    return used + listed != pool->fresh ? "a pool has lost a block" : NULL;
}

/* Who waits is told at once. */
static const char *check_miss_box(const struct miss_box *box, unsigned *queued) {
    unsigned waiters = invariants_queue_count(&box->waiters, &box->waiters);
    if (waiters > CONFIG_THREAD_SLOTS) {
        return "a queue of a box for misses is broken";
    }
    *queued += waiters;
    return waiters != 0 && !list_is_empty(&box->untold)
               ? "a thread waits though there is a miss to tell"
               : NULL;
}

const char *invariants_sync_broken(const struct invariants_view *view, unsigned *queued) {
    for (unsigned i = 0; i < view->semaphore_count; i++) {
        const char *broken = check_semaphore(view->semaphores[i], queued);
        if (broken != NULL) {
            return broken;
        }
    }
    for (unsigned i = 0; i < view->event_flags_count; i++) {
        const char *broken = check_event_flags(view->event_flags[i], queued);
        if (broken != NULL) {
            return broken;
        }
    }
    for (unsigned i = 0; i < view->pool_count; i++) {
        const char *broken = check_pool(view->pools[i]);
        if (broken != NULL) {
            return broken;
        }
    }
    for (unsigned i = 0; i < view->miss_box_count; i++) {
        const char *broken = check_miss_box(view->miss_boxes[i], queued);
        if (broken != NULL) {
            return broken;
        }
    }
    for (unsigned i = 0; i < view->barrier_count; i++) {
        const char *broken = check_barrier(view->barriers[i], queued);
        if (broken != NULL) {
            return broken;
        }
    }
    return NULL;
}
