/* SPDX-License-Identifier: MIT */
/* The model of locks: what calls do, and who runs when. */
#include "lib/assert.h"
#include "tests/sim/locks_model.h"

#define THREAD(i) (&locks_model.threads[i])
#define MUTEX(i)  (&locks_model.mutexes[i])

/* --- Semaphores and flags --------------------------------------------------------------------- */

static status_t take(int self, const struct locks_request *request) {
    if (locks_model.units[request->object] != 0) {
        locks_model.units[request->object]--;
        return STATUS_OK;
    }
    if (request->deadline <= locks_model.now) {
        return STATUS_TIMED_OUT;
    }
    locks_model_block(THREAD(self), LOCKS_FOR_UNIT, request->object, request->deadline);
    return STATUS_OK;
}

static status_t give(int semaphore) {
    int taker = locks_model_first_in(LOCKS_FOR_UNIT, semaphore);
    if (taker != LOCKS_NOBODY) {
        locks_model_wake(THREAD(taker), STATUS_OK);
        return STATUS_OK;
    }
    if (locks_model.units[semaphore] == locks_model.units_max) {
        return STATUS_FULL;
    }
    locks_model.units[semaphore]++;
    return STATUS_OK;
}

static bool is_met(const struct locks_request *request, uint64_t flags) {
    return request->all ? (flags & request->bits) == request->bits : (flags & request->bits) != 0;
}

static status_t wait_flags(int self, const struct locks_request *request) {
    if (is_met(request, locks_model.flags)) {
        locks_model.flags &= ~(request->clear ? request->bits : 0);
        return STATUS_OK;
    }
    if (request->deadline <= locks_model.now) {
        return STATUS_TIMED_OUT;
    }
    locks_model_block(THREAD(self), LOCKS_FOR_FLAGS, 0, request->deadline);
    return STATUS_OK;
}

/* All whose condition is met at this moment go on, the first first. */
static void set_flags(uint64_t bits) {
    uint64_t at_once = locks_model.flags | bits;
    uint64_t cleared = 0;
    bool judged[LOCKS_THREADS] = {false};
    for (;;) {
        int next = LOCKS_NOBODY;
        for (int i = 0; i < LOCKS_THREADS; i++) {
            if (locks_model_stands_in(i, LOCKS_FOR_FLAGS, 0) && !judged[i] &&
                (next < 0 || THREAD(i)->priority > THREAD(next)->priority ||
                 (THREAD(i)->priority == THREAD(next)->priority &&
                  THREAD(i)->queue_place < THREAD(next)->queue_place))) {
                next = i;
            }
        }
        if (next == LOCKS_NOBODY) {
            break;
        }
        judged[next] = true;
        if (is_met(&THREAD(next)->request, at_once)) {
            cleared |= THREAD(next)->request.clear ? THREAD(next)->request.bits : 0;
            locks_model_wake(THREAD(next), STATUS_OK);
        }
    }
    locks_model.flags = at_once & ~cleared;
}

/* --- Other threads ---------------------------------------------------------------------------- */

static status_t suspend(int self, int target) {
    struct locks_thread *thread = THREAD(target);
    if (!thread->alive) {
        return STATUS_STALE;
    }
    if (thread->suspended) {
        return STATUS_BUSY;
    }
    thread->suspended = true;
    if (target == self) {
        locks_model_block(thread, LOCKS_FOR_RESUME, LOCKS_NOBODY, LOCKS_NEVER);
    }
    return STATUS_OK;
}

static status_t resume(int target) {
    struct locks_thread *thread = THREAD(target);
    if (!thread->alive || !thread->suspended) {
        return thread->alive ? STATUS_NOT_FOUND : STATUS_STALE;
    }
    thread->suspended = false;
    if (!thread->waits) {
        thread->place = locks_model_youngest();
    } else if (thread->wait == LOCKS_FOR_RESUME) {
        locks_model_wake(thread, STATUS_OK);
    }
    return STATUS_OK;
}

/* First of all the deadline of who waits goes to the level that it is about to have: then it may be
 * due before the priority is set. Whether it does. */
static bool retime(const struct locks_request *request) {
    struct locks_thread *target = THREAD(request->object);
    if (!target->alive || !target->waits || target->deadline == LOCKS_NEVER) {
        return false;
    }
    unsigned base = target->base;
    target->base = request->priority;
    unsigned level = locks_model_priority(request->object);
    target->base = base;
    if (level == target->level) {
        return false;
    }
    target->level = level;
    return true;
}

static status_t set_priority(const struct locks_request *request) {
    const struct locks_thread *target = THREAD(request->object);
    if (!target->alive || target->life != request->life) {
        return STATUS_STALE;
    }
    THREAD(request->object)->base = request->priority;
    locks_model_follow(request->object);
    return STATUS_OK;
}

static void spawn(const struct locks_request *request) {
    *THREAD(request->object) = (struct locks_thread){.alive = true,
                                                     .life = request->life + 1,
                                                     .base = request->priority,
                                                     .priority = request->priority,
                                                     .place = locks_model_youngest(),
                                                     .queue = LOCKS_NOBODY,
                                                     .deadline = LOCKS_NEVER};
}

/* --- Time, and who runs ----------------------------------------------------------------------- */

static int pick(void) {
    int best = LOCKS_NOBODY;
    for (int i = 0; i < LOCKS_THREADS; i++) {
        const struct locks_thread *thread = THREAD(i);
        if (thread->alive && !thread->waits && !thread->suspended &&
            (best < 0 || thread->priority > THREAD(best)->priority ||
             (thread->priority == THREAD(best)->priority && thread->place < THREAD(best)->place))) {
            best = i;
        }
    }
    return best;
}

/* Whose deadline is the next to be handled: of the highest level, the earliest. `due`: only those
 * that are past, from `level` upwards. */
static int next_deadline(bool due, unsigned level) {
    int best = LOCKS_NOBODY;
    for (int i = 0; i < LOCKS_THREADS; i++) {
        const struct locks_thread *thread = THREAD(i);
        const struct locks_thread *other = best < 0 ? NULL : THREAD(best);
        if (thread->deadline == LOCKS_NEVER ||
            (due && (thread->deadline > locks_model.now || thread->level < level))) {
            continue;
        }
        bool above = other == NULL || (due && thread->level > other->level);
        bool beside = other != NULL && (!due || thread->level == other->level);
        if (above ||
            (beside && (thread->deadline < other->deadline ||
                        (thread->deadline == other->deadline && thread->armed < other->armed)))) {
            best = i;
        }
    }
    return best;
}

/* In a mutex's queue it stays until it has run; to run it is before all of its level, where those
 * may be whom it lends its priority. */
static void time_is_up(struct locks_thread *thread) {
    locks_model.wakes_by_time++;
    if (thread->wait != LOCKS_FOR_MUTEX) {
        locks_model_wake(thread, thread->wait == LOCKS_FOR_TIME ? STATUS_OK : STATUS_TIMED_OUT);
        return;
    }
    thread->waits = false;
    thread->deadline = LOCKS_NEVER;
    thread->place = --locks_model.oldest;
}

/* Who runs has something to do before it can ask for the next thing. Whether it had. */
static bool go_on(int self) {
    struct locks_thread *thread = THREAD(self);
    if (thread->ending) {
        locks_model_go_on_ending(self);
    } else if (thread->wait == LOCKS_FOR_MUTEX && thread->queue != LOCKS_NOBODY) {
        locks_model_give_up(thread);
    } else if (thread->sets_priority) {
        thread->sets_priority = false;
        thread->answer = set_priority(&thread->request);
    } else {
        return false;
    }
    return true;
}

static void proceed(void) {
    for (;;) {
        locks_model_note_lenders();
        int next = pick();
        locks_model.switches += next != locks_model.running;
        locks_model.running = next;
        int due = next_deadline(true, next < 0 ? 0 : THREAD(next)->priority);
        if (due != LOCKS_NOBODY) {
            time_is_up(THREAD(due));
        } else if (next == LOCKS_NOBODY) {
            int first = next_deadline(false, 0);
            check(first != LOCKS_NOBODY);
            locks_model.now = THREAD(first)->deadline;
        } else if (!go_on(next)) {
            return;
        }
    }
}

/* --- Calls ------------------------------------------------------------------------------------ */

static void sleep_until(int self, uint64_t until) {
    if (until > locks_model.now) {
        locks_model_block(THREAD(self), LOCKS_FOR_TIME, LOCKS_NOBODY, until);
    }
}

static status_t call(int self, const struct locks_request *request) {
    switch (request->call) {
    case LOCKS_WORK:
        locks_model.now += request->deadline;
        return STATUS_OK;
    case LOCKS_YIELD:
        THREAD(self)->place = locks_model_youngest();
        return STATUS_OK;
    case LOCKS_SLEEP:
        sleep_until(self, request->deadline);
        return STATUS_OK;
    case LOCKS_LOCK:
    case LOCKS_TRY_LOCK:
        return locks_model_lock(self, request);
    case LOCKS_UNLOCK:
        return locks_model_unlock(self, request->object);
    case LOCKS_TAKE:
        return take(self, request);
    case LOCKS_GIVE:
        return give(request->object);
    case LOCKS_WAIT_FLAGS:
        return wait_flags(self, request);
    case LOCKS_SET_FLAGS:
        set_flags(request->bits);
        return STATUS_OK;
    case LOCKS_SET_PRIORITY:
        THREAD(self)->sets_priority = retime(request);
        return THREAD(self)->sets_priority ? STATUS_OK : set_priority(request);
    case LOCKS_SUSPEND:
        return suspend(self, request->object);
    case LOCKS_RESUME:
        return resume(request->object);
    case LOCKS_SPAWN:
        spawn(request);
        return STATUS_OK;
    default:
        locks_model_begin_to_end(self);
        return STATUS_OK;
    }
}

void locks_model_ask(const struct locks_request *request) {
    int self = locks_model.running;
    struct locks_request *asked = &THREAD(self)->request;
    *asked = *request;
    asked->life = THREAD(asked->object % LOCKS_THREADS)->life;
    THREAD(self)->answer = call(self, asked);
    proceed();
}
