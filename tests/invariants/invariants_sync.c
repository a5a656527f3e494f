/* SPDX-License-Identifier: MIT */
/* The rules of semaphores and event flags. */
#include "kernel/sched/sched.h"
#include "kernel/sync/event_flags_internal.h"
#include "kernel/sync/semaphore.h"
#include "tests/invariants/invariants_internal.h"

static const char *check_semaphore(const struct semaphore *semaphore, unsigned *queued) {
    unsigned waiters = invariants_queue_count(&semaphore->waiters, &semaphore->waiters);
    if (waiters > CONFIG_THREAD_SLOTS) {
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

/* Whether one of those who have been judged waits though its condition is met. */
static bool is_forgotten(const struct event_flags *flags) {
    for (unsigned i = 0; i < CONFIG_THREAD_SLOTS; i++) {
        const struct thread *thread = &thread_slots[i];
        if (thread_is_waiting(thread) && thread->wait_queue == &flags->waiters[flags->current] &&
            event_flags_meet(flags->value, thread->wait_buffer)) {
            return true;
        }
    }
    return false;
}

static const char *check_event_flags(const struct event_flags *flags, unsigned *queued) {
    for (unsigned i = 0; i < ARRAY_SIZE(flags->waiters); i++) {
        unsigned waiters = invariants_queue_count(&flags->waiters[i], &flags->waiters[i]);
        if (waiters > CONFIG_THREAD_SLOTS) {
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
    return NULL;
}
