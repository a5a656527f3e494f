/* SPDX-License-Identifier: MIT */
/* The rules of threads that wait for several objects, and of their places. */
#include "kernel/sched/sched.h"
#include "kernel/sched/wait_place.h"
#include "tests/invariants/invariants_internal.h"

/* The thread that a place looks like, of who only looks. */
static const struct thread *face_of(const struct wait_any *any, unsigned number) {
    return (const struct thread *)((uintptr_t)&any->place[number] - WAIT_PLACE_FROM);
}

const struct thread *invariants_place(const struct thread *thread, unsigned number) {
    const struct wait_any *any = thread->any;
    bool stands = any != NULL && any->served == NULL && number < any->count;
    return stands ? face_of(any, number) : NULL;
}

bool invariants_is_place(const struct thread *face) {
    for (unsigned i = 0; i < CONFIG_THREAD_SLOTS; i++) {
        for (unsigned k = 0; k < CONFIG_WAIT_ANY_MAX; k++) {
            if (invariants_place(&thread_slots[i], k) == face) {
                return true;
            }
        }
    }
    return false;
}

static const char *check_place(const struct wait_any *any, unsigned number, bool settled,
                               struct invariants_places *places) {
    const struct thread *face = face_of(any, number);
    if (any->place[number].any != any || face->state != THREAD_PLACE) {
        return "a place is not its thread's";
    }
    if (face->wait_queue != NULL && face->joining != NULL) {
        return "a place is in a queue, and joins";
    }
    if (face->wait_queue != NULL) {
        places->queued++;
        if (!invariants_is_queued(face)) {
            return "a place is not in its queue";
        }
        if (settled && face->priority != any->thread->priority) {
            return "a place does not stand at its thread's level";
        }
    }
    if (face->joining != NULL) {
        places->joining++;
        if (face->joining->joiner != face || face->joining->state == THREAD_FREE ||
            face->joining->state == THREAD_ENDED) {
            return "a place joins who does not know it";
        }
    }
    return NULL;
}

const char *invariants_any_broken_irq(const struct thread *thread, const struct thread *settling,
                                      struct invariants_places *places) {
    const struct wait_any *any = thread->any;
    bool waits = thread->state == THREAD_WAITING_ANY;
    if (any == NULL) {
        return waits ? "a thread waits for several objects without a place" : NULL;
    }
    if (!waits && thread->state != THREAD_READY) {
        return "a thread has places, and waits for something else";
    }
    if (any->thread != thread || any->count > CONFIG_WAIT_ANY_MAX) {
        return "the places are another thread's, or too many";
    }
    if (waits && (any->served != NULL || any->expired)) {
        return "a thread waits though it was served, or its time is up";
    }
    places->armed += any->armed;
    for (unsigned i = 0; any->served == NULL && i < any->count; i++) {
        const char *broken = check_place(any, i, waits && thread != settling, places);
        if (broken != NULL) {
            return broken;
        }
    }
    return NULL;
}
