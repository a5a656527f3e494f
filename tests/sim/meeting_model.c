/* SPDX-License-Identifier: MIT */
/* The model of locks: a lock for readers and writers, and a barrier. Whoever is let in, or has
 * completed a round, wakes the next, one at a time; higher ones come in between. */
#include "tests/sim/locks_model.h"

#define THREAD(i) (&locks_model.threads[i])
#define MEETING   (&locks_model.meeting)

/* --- Readers and writers ---------------------------------------------------------------------- */

static bool lets_read(unsigned level) {
    int writer = locks_model_first_in(LOCKS_TO_WRITE, 0);
    bool before_writers = writer == LOCKS_NOBODY || THREAD(writer)->priority < level;
    return MEETING->writer == LOCKS_NOBODY && MEETING->readers < MEETING_READERS && before_writers;
}

static bool lets_write(void) {
    return MEETING->writer == LOCKS_NOBODY && MEETING->readers == 0;
}

static bool enter(int thread, bool to_write) {
    bool enters = to_write ? lets_write() : lets_read(THREAD(thread)->priority);
    if (enters && to_write) {
        MEETING->writer = thread;
    } else {
        MEETING->readers += enters;
    }
    return enters;
}

/* The first that may enter: readers are asked first. */
static void let_in(void) {
    int reader = locks_model_first_in(LOCKS_TO_READ, 0);
    int writer = locks_model_first_in(LOCKS_TO_WRITE, 0);
    if (reader != LOCKS_NOBODY && enter(reader, false)) {
        locks_model_wake(THREAD(reader), STATUS_OK);
    } else if (writer != LOCKS_NOBODY && enter(writer, true)) {
        locks_model_wake(THREAD(writer), STATUS_OK);
    }
}

static status_t lock(int self, const struct locks_request *request) {
    bool to_write = request->call == LOCKS_WRITE;
    if (enter(self, to_write)) {
        return STATUS_OK;
    }
    if (request->deadline <= locks_model.now) {
        let_in();
        return STATUS_TIMED_OUT;
    }
    THREAD(self)->lets_in = true;
    locks_model_block(THREAD(self), to_write ? LOCKS_TO_WRITE : LOCKS_TO_READ, 0,
                      request->deadline);
    return STATUS_OK;
}

static status_t unlock(int self, bool to_write) {
    if (to_write ? MEETING->writer != self : MEETING->readers == 0) {
        return STATUS_NOT_OWNER;
    }
    if (to_write) {
        MEETING->writer = LOCKS_NOBODY;
    } else {
        MEETING->readers--;
    }
    let_in();
    return STATUS_OK;
}

/* --- The barrier ------------------------------------------------------------------------------ */

/* Those of the round before, which is complete. */
static int first_leaving(void) {
    return locks_model_first_in(LOCKS_TO_MEET, (int)((MEETING->rounds + 1) % 2));
}

static status_t meet(int self, const struct locks_request *request, bool again) {
    struct locks_thread *thread = THREAD(self);
    thread->round = MEETING->rounds;
    if (MEETING->arrived + 1 == MEETING_THREADS) {
        thread->wakes = !again || first_leaving() == LOCKS_NOBODY;
        thread->comes_again = !again && first_leaving() != LOCKS_NOBODY;
        if (first_leaving() != LOCKS_NOBODY) {
            return STATUS_BUSY;
        }
        MEETING->arrived = 0;
        thread->round = ++MEETING->rounds;
        if (first_leaving() != LOCKS_NOBODY) {
            locks_model_wake(THREAD(first_leaving()), STATUS_OK);
        }
        return STATUS_OK;
    }
    if (request->deadline <= locks_model.now) {
        return STATUS_TIMED_OUT;
    }
    MEETING->arrived++;
    thread->meets = true;
    locks_model_block(thread, LOCKS_TO_MEET, (int)(MEETING->rounds % 2), request->deadline);
    return STATUS_OK;
}

/* The next of the round, or none is left. */
static void wake_one(int self) {
    struct locks_thread *thread = THREAD(self);
    int next = first_leaving();
    if (MEETING->rounds == thread->round && next != LOCKS_NOBODY) {
        locks_model_wake(THREAD(next), STATUS_OK);
        MEETING->woken++;
        return;
    }
    thread->wakes = false;
    if (thread->comes_again) {
        thread->comes_again = false;
        thread->answer = meet(self, &thread->request, true);
    }
}

/* It has waited: if its time was up, its round may be complete nevertheless. */
static void end_meeting(struct locks_thread *thread) {
    thread->meets = false;
    if (thread->answer != STATUS_TIMED_OUT) {
        return;
    }
    if (MEETING->rounds == thread->round) {
        MEETING->arrived--;
    } else {
        thread->answer = STATUS_OK;
        MEETING->late++;
    }
}

/* --- For the model ------------------------------------------------------------------------------ */

status_t meeting_call(int self, const struct locks_request *request) {
    switch (request->call) {
    case LOCKS_READ:
    case LOCKS_WRITE:
        return lock(self, request);
    case LOCKS_END_READ:
    case LOCKS_END_WRITE:
        return unlock(self, request->call == LOCKS_END_WRITE);
    default:
        return meet(self, request, false);
    }
}

bool meeting_go_on(int self) {
    struct locks_thread *thread = THREAD(self);
    if (thread->lets_in) {
        thread->lets_in = false;
        let_in();
    } else if (thread->wakes) {
        wake_one(self);
    } else if (thread->meets) {
        end_meeting(thread);
    } else {
        return false;
    }
    return true;
}
