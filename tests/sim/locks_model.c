/* SPDX-License-Identifier: MIT */
/* The model of locks: mutexes, and what threads inherit. */
#include "tests/sim/locks_model.h"

struct locks_model locks_model;

#define THREAD(i) (&locks_model.threads[i])
#define MUTEX(i)  (&locks_model.mutexes[i])

uint64_t locks_model_youngest(void) {
    return ++locks_model.youngest;
}

void locks_model_begin(unsigned priority, unsigned units_max) {
    locks_model = (struct locks_model){.units_max = units_max,
                                       .youngest = UINT64_C(1) << 62,
                                       .oldest = UINT64_C(1) << 62,
                                       .meeting = {.writer = LOCKS_NOBODY}};
    for (int i = 0; i < LOCKS_THREADS; i++) {
        *THREAD(i) = (struct locks_thread){
            .queue = LOCKS_NOBODY, .deadline = LOCKS_NEVER, .schedule = SCHEDULE_THREAD_PLAIN};
    }
    for (int i = 0; i < LOCKS_MUTEXES; i++) {
        *MUTEX(i) = (struct locks_mutex){.owner = LOCKS_NOBODY, .lender = LOCKS_NOBODY};
    }
    THREAD(0)->alive = true;
    THREAD(0)->base = THREAD(0)->priority = priority;
    THREAD(0)->place = locks_model_youngest();
}

/* --- Questions -------------------------------------------------------------------------------- */

bool locks_model_stands_in(int thread, enum locks_wait wait, int queue) {
    return THREAD(thread)->wait == wait && THREAD(thread)->queue == queue;
}

static bool has_waiters(int mutex) {
    for (int i = 0; i < LOCKS_THREADS; i++) {
        if (locks_model_stands_in(i, LOCKS_FOR_MUTEX, mutex)) {
            return true;
        }
    }
    return false;
}

/* Whether it owns something that others wait for, or that has a ceiling. */
bool locks_model_is_lent(int thread) {
    for (int i = 0; i < LOCKS_MUTEXES; i++) {
        if (MUTEX(i)->owner == thread && (MUTEX(i)->has_ceiling || has_waiters(i))) {
            return true;
        }
    }
    return false;
}

unsigned locks_model_priority(int thread) {
    unsigned highest = THREAD(thread)->base;
    for (int mutex = 0; mutex < LOCKS_MUTEXES; mutex++) {
        if (MUTEX(mutex)->owner != thread) {
            continue;
        }
        if (MUTEX(mutex)->has_ceiling && MUTEX(mutex)->ceiling > highest) {
            highest = MUTEX(mutex)->ceiling;
        }
        for (int i = 0; i < LOCKS_THREADS; i++) {
            unsigned lent =
                locks_model_stands_in(i, LOCKS_FOR_MUTEX, mutex) ? locks_model_priority(i) : 0;
            highest = lent > highest ? lent : highest;
        }
    }
    return highest;
}

/* Whose turn it is in a queue. */
int locks_model_first_in(enum locks_wait wait, int queue) {
    int best = LOCKS_NOBODY;
    for (int i = 0; i < LOCKS_THREADS; i++) {
        if (locks_model_stands_in(i, wait, queue) &&
            (best < 0 || THREAD(i)->priority > THREAD(best)->priority ||
             (THREAD(i)->priority == THREAD(best)->priority &&
              THREAD(i)->queue_place < THREAD(best)->queue_place))) {
            best = i;
        }
    }
    return best;
}

static int owner_of_what_it_waits_for(int thread) {
    bool waits = THREAD(thread)->wait == LOCKS_FOR_MUTEX && THREAD(thread)->queue != LOCKS_NOBODY;
    return waits ? MUTEX(THREAD(thread)->queue)->owner : LOCKS_NOBODY;
}

/* How many wait in a row behind a thread. */
static unsigned height(int thread) {
    unsigned most = 0;
    for (int i = 0; i < LOCKS_THREADS; i++) {
        if (owner_of_what_it_waits_for(i) == thread) {
            unsigned behind = 1 + height(i);
            most = behind > most ? behind : most;
        }
    }
    return most;
}

/* Whether a thread may wait for a mutex that somebody owns. */
static status_t may_wait(int thread, int mutex) {
    unsigned owners = 0;
    for (int at = MUTEX(mutex)->owner; at != LOCKS_NOBODY; at = owner_of_what_it_waits_for(at)) {
        if (at == thread) {
            return STATUS_DEADLOCK;
        }
        owners++;
    }
    return height(thread) + owners > CONFIG_INHERITANCE_CHAIN_MAX ? STATUS_TOO_DEEP : STATUS_OK;
}

/* --- What becomes of threads ------------------------------------------------------------------ */

/* Along the chain of owners: who has another priority now is the youngest of it, in all queues; who
 * runs is the oldest. */
void locks_model_follow(int thread) {
    for (; thread != LOCKS_NOBODY; thread = owner_of_what_it_waits_for(thread)) {
        unsigned priority = locks_model_priority(thread);
        struct locks_thread *moved = THREAD(thread);
        if (priority != moved->priority) {
            locks_model.boosts += priority > moved->priority;
            moved->priority = priority;
            moved->queue_place = locks_model_youngest();
            moved->place =
                thread == locks_model.running ? --locks_model.oldest : locks_model_youngest();
        }
        schedule_lent(thread);
    }
}

/* Who owns which mutex with waiters, or a ceiling, and since when. */
void locks_model_note_lenders(void) {
    for (int i = 0; i < LOCKS_MUTEXES; i++) {
        struct locks_mutex *mutex = MUTEX(i);
        int lender = has_waiters(i) || mutex->has_ceiling ? mutex->owner : LOCKS_NOBODY;
        if (lender != mutex->lender) {
            mutex->lender = lender;
            mutex->lends_since = locks_model_youngest();
        }
    }
}

void locks_model_block(struct locks_thread *thread, enum locks_wait wait, int queue,
                       uint64_t deadline) {
    thread->waits = true;
    thread->wait = wait;
    thread->queue = queue;
    thread->queue_place = locks_model_youngest();
    thread->deadline = deadline;
    thread->level = thread->priority;
    thread->armed = thread->queue_place;
}

void locks_model_wake(struct locks_thread *thread, status_t answer) {
    thread->waits = false;
    thread->queue = LOCKS_NOBODY;
    thread->deadline = LOCKS_NEVER;
    thread->answer = answer;
    thread->place = locks_model_youngest();
}

/* --- Mutexes ---------------------------------------------------------------------------------- */

/* Nobody has it, or who has it has ended, or will end without a look at it. */
static bool may_take(int mutex) {
    int owner = MUTEX(mutex)->owner;
    return owner == LOCKS_NOBODY || (THREAD(owner)->ending && MUTEX(mutex)->lender != owner);
}

static status_t lock_now(int self, int mutex) {
    struct locks_mutex *it = MUTEX(mutex);
    if (it->owner == self) {
        it->depth += it->recursive;
        return it->recursive ? STATUS_OK : STATUS_DEADLOCK;
    }
    if (it->has_ceiling && THREAD(self)->base > it->ceiling) {
        return STATUS_OUT_OF_RANGE;
    }
    if (!may_take(mutex)) {
        return STATUS_WOULD_BLOCK;
    }
    status_t status = it->half_done ? STATUS_OWNER_DIED : STATUS_OK;
    it->owner = self;
    it->half_done = false;
    it->depth = 0;
    locks_model_follow(self);
    return status;
}

status_t locks_model_lock(int self, const struct locks_request *request) {
    status_t status = lock_now(self, request->object);
    if (status != STATUS_WOULD_BLOCK || request->call == LOCKS_TRY_LOCK) {
        return status;
    }
    if (request->deadline <= locks_model.now) {
        return STATUS_TIMED_OUT;
    }
    status = may_wait(self, request->object);
    if (status == STATUS_OK) {
        THREAD(self)->joined = true;
        THREAD(self)->wait = LOCKS_FOR_MUTEX;
        THREAD(self)->queue = request->object;
        THREAD(self)->queue_place = locks_model_youngest();
        locks_model_follow(MUTEX(request->object)->owner);
    }
    return status;
}

/* The first waiter owns it now, though it may be about to leave because its time is up. */
static void hand_over(int mutex, status_t answer) {
    struct locks_mutex *it = MUTEX(mutex);
    int before = it->owner;
    int heir = locks_model_first_in(LOCKS_FOR_MUTEX, mutex);
    it->owner = heir;
    it->depth = 0;
    it->half_done = heir == LOCKS_NOBODY && answer == STATUS_OWNER_DIED;
    if (heir != LOCKS_NOBODY) {
        if (THREAD(heir)->waits) {
            locks_model_wake(THREAD(heir), answer);
        }
        THREAD(heir)->queue = LOCKS_NOBODY;
        THREAD(heir)->answer = answer;
        locks_model_follow(heir);
    }
    locks_model_follow(before);
}

status_t locks_model_unlock(int self, int mutex) {
    if (MUTEX(mutex)->owner != self) {
        return STATUS_NOT_OWNER;
    }
    if (MUTEX(mutex)->depth != 0) {
        MUTEX(mutex)->depth--;
    } else {
        hand_over(mutex, STATUS_OK);
    }
    return STATUS_OK;
}

/* Its time is up, and it was not given the mutex before it runs. */
void locks_model_give_up(struct locks_thread *thread) {
    int owner = MUTEX(thread->queue)->owner;
    thread->queue = LOCKS_NOBODY;
    thread->answer = STATUS_TIMED_OUT;
    locks_model_follow(owner);
}

/* One of those that it lends its priority by, the first of them; then, none being left, it is gone.
 * What nobody waits for tells the next owner. */
void locks_model_go_on_ending(int self) {
    int next = LOCKS_NOBODY;
    for (int i = 0; i < LOCKS_MUTEXES; i++) {
        if (MUTEX(i)->lender == self &&
            (next < 0 || MUTEX(i)->lends_since < MUTEX(next)->lends_since)) {
            next = i;
        }
    }
    if (next != LOCKS_NOBODY) {
        hand_over(next, STATUS_OWNER_DIED);
        return;
    }
    for (int i = 0; i < LOCKS_MUTEXES; i++) {
        if (MUTEX(i)->owner == self) {
            MUTEX(i)->owner = LOCKS_NOBODY;
        }
    }
    THREAD(self)->alive = THREAD(self)->ending = false;
}

void locks_model_begin_to_end(int self) {
    THREAD(self)->ending = true;
    for (int i = 0; i < LOCKS_MUTEXES; i++) {
        MUTEX(i)->half_done |= MUTEX(i)->owner == self;
    }
}
