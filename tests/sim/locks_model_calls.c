/* SPDX-License-Identifier: MIT */
/* The model of locks: what calls do, and who runs when. */
#include "lib/assert.h"
#include "tests/sim/locks_model.h"

#define THREAD(i) (&locks_model.threads[i])
#define MUTEX(i)  (&locks_model.mutexes[i])

/* Many more than there are between two calls: the supervisor calls every 400 ticks. */
#define STEPS_BETWEEN_CALLS_MAX 10000

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
    thread->schedule.throttled = false; /* it is looked at anew when it is resumed */
    thread->schedule.quantum_left = 0;
    if (target == self) {
        locks_model_block(thread, LOCKS_FOR_RESUME, LOCKS_NOBODY, LOCKS_NEVER);
    } else if (!thread->waits) {
        schedule_suspend(target);
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
        thread->schedule.quantum_left = 0;
        thread->place = locks_model_youngest();
    } else if (thread->wait == LOCKS_FOR_RESUME) {
        locks_model_wake(thread, STATUS_OK);
    }
    return STATUS_OK;
}

static status_t may_set_priority(const struct locks_request *request) {
    const struct locks_thread *target = THREAD(request->object);
    if (!target->alive || target->life != request->life) {
        return STATUS_STALE;
    }
    return schedule_allows(request->object, request->priority) ? STATUS_OK : STATUS_OUT_OF_RANGE;
}

/* The deadline of who waits goes to the level that it has with base `base`. Whether it does. */
static bool retime(int thread, unsigned base) {
    struct locks_thread *target = THREAD(thread);
    if (!target->waits || target->deadline == LOCKS_NEVER) {
        return false;
    }
    unsigned own = target->base;
    target->base = base;
    unsigned level = locks_model_priority(thread);
    target->base = own;
    if (level == target->level) {
        return false;
    }
    target->level = level;
    return true;
}

/* First of all, of who waits: then it may be due before the priority is set. */
static bool moves_first(const struct locks_request *request) {
    return may_set_priority(request) == STATUS_OK && retime(request->object, request->priority);
}

/* And last of all, as others may have set its priority meanwhile. */
static void moves_last(const struct locks_request *request) {
    const struct locks_thread *target = THREAD(request->object);
    if (target->alive && target->life == request->life) {
        locks_model.followed += retime(request->object, target->base);
    }
}

static status_t set_priority(const struct locks_request *request) {
    status_t status = may_set_priority(request);
    if (status != STATUS_OK) {
        return status;
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
                                                     .deadline = LOCKS_NEVER,
                                                     .schedule = SCHEDULE_THREAD_PLAIN};
    THREAD(request->object)->schedule.round_robin = request->round_robin;
}

/* --- Time, and who runs ----------------------------------------------------------------------- */

static int pick(void) {
    int best = LOCKS_NOBODY;
    for (int i = 0; i < LOCKS_THREADS; i++) {
        const struct locks_thread *thread = THREAD(i);
        if (thread->alive && !thread->waits && !thread->suspended && !thread->schedule.throttled &&
            (best < 0 || thread->priority > THREAD(best)->priority ||
             (thread->priority == THREAD(best)->priority && thread->place < THREAD(best)->place))) {
            best = i;
        }
    }
    return best;
}

/* All that is armed: what waits have, and what else there is. */
static unsigned all_events(struct schedule_event *events) {
    unsigned count = schedule_events(events);
    for (int i = 0; i < LOCKS_THREADS; i++) {
        const struct locks_thread *thread = THREAD(i);
        if (thread->deadline != LOCKS_NEVER) {
            events[count++] = (struct schedule_event){
                thread->deadline, thread->armed, thread->level, LOCKS_NOBODY, LOCKS_NOBODY, i};
        }
    }
    return count;
}

/* The next to be handled from `level` upwards, or false: of the highest level, the earliest. `due`:
 * only of those that are past; else the earliest of all. */
static bool next_event(bool due, unsigned level, struct schedule_event *best) {
    struct schedule_event events[2 * LOCKS_THREADS + SCHEDULE_SERVERS];
    unsigned count = all_events(events);
    bool found = false;
    for (unsigned i = 0; i < count; i++) {
        const struct schedule_event *it = &events[i];
        if (it->level < level || (due && it->moment > locks_model.now)) {
            continue;
        }
        bool above = !found || (due && it->level > best->level);
        bool beside = found && (!due || it->level == best->level);
        if (above || (beside && (it->moment < best->moment ||
                                 (it->moment == best->moment && it->armed < best->armed)))) {
            *best = *it;
            found = true;
        }
    }
    return found;
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

/* It has joined the queue, and may have been given the mutex since. */
static void wait_for_mutex(struct locks_thread *thread) {
    thread->joined = false;
    if (thread->queue == LOCKS_NOBODY) {
        return;
    }
    if (thread->request.deadline <= locks_model.now) {
        locks_model_give_up(thread);
        return;
    }
    uint64_t place = thread->queue_place; /* that of when it has joined */
    locks_model_block(thread, LOCKS_FOR_MUTEX, thread->queue, thread->request.deadline);
    thread->queue_place = place;
}

/* Who runs has something to do before it can ask for the next thing. Whether it had. */
static bool go_on(int self) {
    struct locks_thread *thread = THREAD(self);
    if (thread->ending) {
        locks_model_go_on_ending(self);
    } else if (thread->joined) {
        wait_for_mutex(thread);
    } else if (thread->wait == LOCKS_FOR_MUTEX && thread->queue != LOCKS_NOBODY) {
        locks_model_give_up(thread);
    } else if (thread->sets_priority) {
        thread->sets_priority = false;
        thread->follows = true;
        thread->answer = set_priority(&thread->request);
    } else if (thread->follows) {
        thread->follows = false;
        moves_last(&thread->request);
    } else {
        return meeting_go_on(self) || schedule_go_on(self);
    }
    return true;
}

static void handle(const struct schedule_event *event) {
    if (event->server >= 0 || event->thread >= 0) {
        schedule_event(event);
    } else {
        time_is_up(THREAD(event->waiter));
    }
}

/* Who runs computes on, until it is done or something is due. Whether it had to. */
static bool compute(int self) {
    struct schedule_thread *schedule = &THREAD(self)->schedule;
    struct schedule_event next = {.moment = LOCKS_NEVER};
    if (schedule->left == 0) {
        return false;
    }
    (void)next_event(false, THREAD(self)->priority, &next);
    uint64_t limit = schedule_limit(self);
    uint64_t until = locks_model.now + schedule->left;
    until = next.moment < until ? next.moment : until;
    until = limit < until ? limit : until;
    schedule->left -= until - locks_model.now;
    locks_model.now = until;
    return true;
}

static void proceed(void) {
    struct schedule_event event;
    for (unsigned steps = 0;; steps++) {
        if (steps == STEPS_BETWEEN_CALLS_MAX) {
            panic("nobody comes to ask for anything any more");
        }
        locks_model_note_lenders();
        int running = locks_model.running;
        int next = pick();
        locks_model.switches += next != running;
        schedule_switch(running, next);
        locks_model.running = next;
        if (next_event(true, next < 0 ? 0 : THREAD(next)->priority, &event)) {
            handle(&event);
        } else if (next == LOCKS_NOBODY) {
            bool any = next_event(false, 0, &event);
            check(any);
            locks_model.now = event.moment;
        } else if (schedule_limit(next) <= locks_model.now) {
            schedule_limit_step(next);
        } else if (!compute(next) && !go_on(next)) {
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
        THREAD(self)->sets_priority = moves_first(request);
        return THREAD(self)->sets_priority ? STATUS_OK : set_priority(request);
    case LOCKS_SUSPEND:
        return suspend(self, request->object);
    case LOCKS_RESUME:
        return resume(request->object);
    case LOCKS_SPAWN:
        spawn(request);
        return STATUS_OK;
    case LOCKS_END:
        locks_model_begin_to_end(self);
        return STATUS_OK;
    case LOCKS_READ ... LOCKS_MEET:
        return meeting_call(self, request);
    default:
        return (status_t)schedule_call(self, request);
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
