/* SPDX-License-Identifier: MIT */
/* The rules of semaphores. */
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

const char *invariants_sync_broken(const struct invariants_view *view, unsigned *queued) {
    for (unsigned i = 0; i < view->semaphore_count; i++) {
        const char *broken = check_semaphore(view->semaphores[i], queued);
        if (broken != NULL) {
            return broken;
        }
    }
    return NULL;
}
