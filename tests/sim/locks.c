/* SPDX-License-Identifier: MIT */
/* The threads and what they ask for, at random; each call is told to the model before it is made. */
#include "tests/sim/locks.h"

#include <inttypes.h>
#include <stdio.h>

#include "kernel/sync/event_flags.h"
#include "kernel/sync/mutex_internal.h"
#include "kernel/sync/semaphore.h"
#include "lib/random.h"
#include "tests/sim/locks_model.h"
#include "tests/sim/machine.h"
#include "tests/sim/meeting.h"
#include "tests/sim/schedule.h"
#include "tests/sim/world.h"

#define SUPERVISOR_PRIORITY 63
#define LOW                 20
#define HIGH                27
#define UNITS_MAX           3
#define FLAGS               15

static struct {
    struct random random;
    bool schedule;  /* quanta, deadlines, budgets and periods too */
    unsigned greed; /* so many in 4 unlocks are locks: then chains are long */
    struct mutex mutexes[LOCKS_MUTEXES];
    struct semaphore semaphores[LOCKS_SEMAPHORES];
    struct event_flags flags;
    thread_id_t ids[LOCKS_THREADS];
    uint64_t answers[32], calls[LOCKS_ALL_CALLS], total, boosts, switches, wakes_by_time, followed;
} locks;

static uint64_t below(uint64_t limit) {
    return random_below(&locks.random, limit);
}

/* A thread that never was is as one that has ended. */
static const struct thread *slot_of(int thread) {
    return &thread_slots[locks.ids[thread].index % CONFIG_THREAD_SLOTS];
}

/* --- Comparing -------------------------------------------------------------------------------- */

static const char *compare_thread(int index) {
    const struct locks_thread *expected = &locks_model.threads[index];
    const struct thread *thread = slot_of(index);
    bool exists =
        thread->id.generation == locks.ids[index].generation && thread->state != THREAD_FREE;
    if (exists != expected->alive) {
        return exists ? "a thread lives that has ended" : "a thread has ended";
    }
    if (!exists) {
        return NULL;
    }
    if (thread->priority != expected->priority || thread->rank.base != expected->base) {
        return "a thread has another priority";
    }
    if (locks_model_priority(index) != expected->priority) {
        return "the model has not followed its own definition";
    }
    if (thread_is_suspended(arch_cpu_self(), thread) != expected->suspended) {
        return "a thread is suspended, or not";
    }
    bool timed = expected->deadline != LOCKS_NEVER;
    enum thread_state state = !expected->waits ? THREAD_READY
                              : timed          ? THREAD_WAITING_TIMED
                                               : THREAD_WAITING;
    if (thread->state != state) {
        return "a thread is in another state";
    }
    if (timed && thread->timeout.level != expected->level) {
        return "a deadline is at another level";
    }
    return locks.schedule ? schedule_compare_thread(index, thread) : NULL;
}

static const char *compare_mutex(int index) {
    const struct mutex *mutex = &locks.mutexes[index];
    int owner = locks_model.mutexes[index].owner;
    if (owner != LOCKS_NOBODY) {
        return mutex_is_owner(mutex, slot_of(owner)) ? NULL : "a mutex has another owner";
    }
    bool is_free = (mutex->word & ~MUTEX_SLOW) == 0;
    return is_free == locks_model.mutexes[index].half_done ? "a mutex is free, or not" : NULL;
}

static const char *difference(void) {
    const char *found = NULL;
    for (int i = 0; i < LOCKS_THREADS && found == NULL; i++) {
        found = compare_thread(i);
        if (found != NULL) {
            world_log("thread %d: state %d", i, (int)slot_of(i)->state);
        }
    }
    for (int i = 0; i < LOCKS_MUTEXES && found == NULL; i++) {
        found = compare_mutex(i);
    }
    for (int i = 0; i < LOCKS_SEMAPHORES && found == NULL; i++) {
        found = locks.semaphores[i].count != locks_model.units[i] ? "units differ" : NULL;
    }
    if (found == NULL && locks.flags.value != locks_model.flags) {
        found = "event flags differ";
    }
    found = found == NULL ? meeting_compare() : found;
    return found == NULL && locks.schedule ? schedule_compare_servers() : found;
}

static void compare(int self) {
    if (locks_model.running != self) {
        world_log("thread %d runs, expected thread %d", self, locks_model.running);
        world_fail("another thread runs");
    }
    if (locks_model.now != hosted.now) {
        world_log("expected %" PRIu64, locks_model.now);
        world_fail("the clock stands elsewhere");
    }
    struct hosted_hooks hooks = hosted.hooks; /* nothing changes by being asked for */
    hosted.hooks = (struct hosted_hooks){0};
    const char *found = difference();
    hosted.hooks = hooks;
    if (found != NULL) {
        world_fail(found);
    }
}

/* --- Asking ----------------------------------------------------------------------------------- */

static status_t do_call(int self, const struct locks_request *request) {
    instant_t deadline = {request->deadline};
    unsigned mode = (request->all ? EVENT_FLAGS_ALL : EVENT_FLAGS_ANY) |
                    (request->clear ? EVENT_FLAGS_CLEAR : 0);
    switch (request->call) {
    case LOCKS_WORK:
        hosted.now += request->deadline;
        hosted_interrupt_point();
        return STATUS_OK;
    case LOCKS_YIELD:
        thread_yield();
        return STATUS_OK;
    case LOCKS_SLEEP:
        thread_sleep_until(deadline);
        return STATUS_OK;
    case LOCKS_LOCK:
        return mutex_lock_until(&locks.mutexes[request->object], deadline);
    case LOCKS_TRY_LOCK:
        return mutex_try_lock(&locks.mutexes[request->object]);
    case LOCKS_UNLOCK:
        return mutex_unlock(&locks.mutexes[request->object]);
    case LOCKS_TAKE:
        return semaphore_take_until(&locks.semaphores[request->object], deadline);
    case LOCKS_GIVE:
        return semaphore_give(&locks.semaphores[request->object]);
    case LOCKS_WAIT_FLAGS:
        return event_flags_wait_until(&locks.flags, request->bits, mode, NULL, deadline);
    case LOCKS_SET_FLAGS:
        return event_flags_set(&locks.flags, request->bits);
    case LOCKS_SET_PRIORITY:
        return thread_set_priority(locks.ids[request->object], request->priority);
    case LOCKS_SUSPEND:
        return thread_suspend(locks.ids[request->object]);
    case LOCKS_RESUME:
        return thread_resume(locks.ids[request->object]);
    case LOCKS_READ ... LOCKS_MEET:
        return meeting_do_call(request);
    default:
        return schedule_do_call(self, request, locks.ids[request->object]);
    }
}

static void tell(int self, const struct locks_request *request) {
    hosted_interrupt_point(); /* what is due comes before the call, not within */
    compare(self);
    world_log("%" PRIu64 ": thread %d (%u): call %d, object %d, deadline %" PRIu64
              ", priority %u, bits %u",
              hosted.now, self, locks_model.threads[self].priority, (int)request->call,
              request->object, request->deadline, request->priority, (unsigned)request->bits);
    locks.calls[request->call]++;
    locks.total++;
    world.steps++;
    world.steps_left -= world.steps_left != 0;
    locks_model_ask(request);
}

static void ask(int self, struct locks_request request) {
    tell(self, &request);
    status_t answer = do_call(self, &request);
    hosted_interrupt_point();
    status_t expected = locks_model.threads[self].answer;
    world_log("%" PRIu64 ": thread %d: %s", hosted.now, self, status_name(answer));
    if (answer != expected) {
        world_log("expected %s", status_name(expected));
        world_fail("a call returned another status");
    }
    locks.answers[-(int)answer]++;
    compare(self);
}

/* --- What they ask for ------------------------------------------------------------------------ */

static uint64_t any_deadline(void) {
    switch (below(8)) {
    case 0 ... 1:
        return LOCKS_NEVER;
    case 2:
        return hosted.now - below(hosted.now < 20 ? 1 : 20);
    default:
        return hosted.now + below(600);
    }
}

static unsigned any_priority(void) {
    return (unsigned)random_between(&locks.random, LOW, HIGH);
}

static int any_worker(void) {
    return 1 + (int)below(LOCKS_THREADS - 1);
}

/* Among the greedy, mostly its own, and then that of the next: so chains become too long. */
static int any_mutex(int self) {
    bool in_line = locks.greed == 3 && below(8) != 0;
    return in_line ? (self + (int)below(2)) % LOCKS_MUTEXES : (int)below(LOCKS_MUTEXES);
}

/* Mostly one that it has. */
static int any_own_mutex(int self) {
    int mutex = (int)below(LOCKS_MUTEXES);
    for (int i = 0; i < LOCKS_MUTEXES && locks_model.mutexes[mutex].owner != self; i++) {
        mutex = (mutex + 1) % LOCKS_MUTEXES;
    }
    return mutex;
}

static struct locks_request any_request(int self) {
    if (locks.schedule && below(3) != 0) {
        return schedule_any_request(&locks.random, any_worker());
    }
    if (below(8) == 0) {
        return meeting_any_request(&locks.random, self);
    }
    struct locks_request request = {.deadline = any_deadline()};
    uint64_t choice = below(32);
    if (choice >= 17 && choice <= 23 && below(4) < locks.greed) {
        choice = 15;
    }
    switch (choice) {
    case 0 ... 3:
        return (struct locks_request){.call = LOCKS_WORK, .deadline = 1 + below(80)};
    case 4:
        return (struct locks_request){.call = LOCKS_YIELD};
    case 5 ... 6:
        return (struct locks_request){.call = LOCKS_SLEEP, .deadline = hosted.now + below(150)};
    case 7 ... 15:
        request.call = LOCKS_LOCK;
        request.object = any_mutex(self);
        return request;
    case 16:
        return (struct locks_request){.call = LOCKS_TRY_LOCK, .object = (int)below(LOCKS_MUTEXES)};
    case 17 ... 23:
        return (struct locks_request){.call = LOCKS_UNLOCK, .object = any_own_mutex(self)};
    case 24:
        request.call = LOCKS_TAKE;
        request.object = (int)below(LOCKS_SEMAPHORES);
        return request;
    case 25:
        return (struct locks_request){.call = LOCKS_GIVE, .object = (int)below(LOCKS_SEMAPHORES)};
    case 26:
        request.call = LOCKS_WAIT_FLAGS;
        request.bits = 1 + below(FLAGS);
        request.all = below(2) != 0;
        request.clear = below(2) != 0;
        return request;
    case 27 ... 29:
        return (struct locks_request){
            .call = LOCKS_SET_PRIORITY, .object = any_worker(), .priority = any_priority()};
    case 30:
        return (struct locks_request){.call = LOCKS_RESUME, .object = any_worker()};
    default:
        return below(3) != 0 ? (struct locks_request){.call = LOCKS_SUSPEND, .object = any_worker()}
                             : (struct locks_request){.call = LOCKS_END, .object = (int)below(3)};
    }
}

static void worker_main(void *argument) {
    int self = (int)(intptr_t)argument;
    while (world.steps_left != 0) {
        struct locks_request request = any_request(self);
        if (request.call == LOCKS_END && locks_model.meeting.writer == self) {
            request.call = LOCKS_END_WRITE; /* nobody else could */
        }
        if (request.call != LOCKS_END) {
            ask(self, request);
            continue;
        }
        tell(self, &request);
        if (request.object == 0) {
            hosted_fault(&(struct fault){.address = 1});
        }
        thread_exit(0);
    }
    hosted_leave();
}

static void spawn_worker(int worker) {
    struct locks_request request = {
        .call = LOCKS_SPAWN, .object = worker, .priority = any_priority()};
    request.round_robin = locks.schedule && below(3) == 0;
    const struct thread_attributes attributes = {.priority = (uint8_t)request.priority,
                                                 .policy = request.round_robin ? THREAD_ROUND_ROBIN
                                                                               : THREAD_FIFO,
                                                 .detached = true};
    tell(0, &request);
    status_t status =
        thread_spawn(worker_main, (void *)(intptr_t)worker, &attributes, &locks.ids[worker]);
    if (status != STATUS_OK) {
        world_fail("a thread could not be made");
    }
    compare(0);
}

/* Above all: sends others for those that have ended, and lets nobody wait for ever. */
static void supervise(void *unused) {
    (void)unused;
    if (locks.schedule) {
        schedule_open(&locks.random);
    }
    locks.ids[0] = thread_self();
    while (world.steps_left != 0) {
        for (int i = 1; i < LOCKS_THREADS; i++) {
            if (!locks_model.threads[i].alive) {
                spawn_worker(i);
            } else if (locks_model.threads[i].suspended && below(2) != 0) {
                ask(0, (struct locks_request){.call = LOCKS_RESUME, .object = i});
            }
        }
        ask(0, (struct locks_request){.call = LOCKS_SET_FLAGS, .bits = 1 + below(FLAGS)});
        ask(0, (struct locks_request){.call = LOCKS_GIVE, .object = (int)below(LOCKS_SEMAPHORES)});
        ask(0,
            (struct locks_request){.call = LOCKS_SLEEP, .deadline = hosted.now + 1 + below(400)});
    }
    hosted_leave();
}

/* --- A run ------------------------------------------------------------------------------------ */

static void make_objects(void) {
    for (int i = 0; i < LOCKS_MUTEXES; i++) {
        struct locks_mutex *expected = &locks_model.mutexes[i];
        expected->recursive = i % 3 == 1;
        expected->has_ceiling = i == LOCKS_MUTEXES - 1;
        expected->ceiling = expected->has_ceiling ? HIGH - 1 : 0;
        const struct mutex_attributes attributes = {.recursive = expected->recursive,
                                                    .has_ceiling = expected->has_ceiling,
                                                    .ceiling = (uint8_t)expected->ceiling};
        status_t status = mutex_init(&locks.mutexes[i], &attributes);
        check(status == STATUS_OK);
    }
    for (int i = 0; i < LOCKS_SEMAPHORES; i++) {
        status_t status = semaphore_init(&locks.semaphores[i], 0, UNITS_MAX);
        check(status == STATUS_OK);
    }
    status_t status = event_flags_init(&locks.flags, 0);
    check(status == STATUS_OK);
    meeting_open();
}

void locks_run(uint64_t seed, uint64_t steps, bool schedule) {
    static const struct thread_attributes attributes = {.name = "supervisor",
                                                        .priority = SUPERVISOR_PRIORITY};
    machine_reset();
    random_init(&locks.random, seed);
    world.seed = seed;
    world.steps_left = steps;
    locks.schedule = schedule;
    locks.greed = (unsigned)below(4);
    locks_model_begin(SUPERVISOR_PRIORITY, UNITS_MAX);
    machine.quantum = schedule ? 30 + below(100) : machine.quantum;
    schedule_begin(machine.quantum);
    for (int i = 0; i < LOCKS_THREADS; i++) {
        locks.ids[i] = THREAD_ID_NONE;
    }
    make_objects();
    machine_run(supervise, NULL, &attributes);
    if (world.steps_left != 0) {
        world_fail("nothing more can happen, though the supervisor never waits for long");
    }
    locks.boosts += locks_model.boosts;
    locks.switches += locks_model.switches;
    locks.wakes_by_time += locks_model.wakes_by_time;
    locks.followed += locks_model.followed;
    schedule_add_up();
    meeting_add_up();
}

void locks_expect_all_met(void) {
    static const status_t statuses[] = {STATUS_OK,          STATUS_OUT_OF_RANGE, STATUS_STALE,
                                        STATUS_BUSY,        STATUS_FULL,         STATUS_TOO_DEEP,
                                        STATUS_NOT_FOUND,   STATUS_NOT_OWNER,    STATUS_DEADLOCK,
                                        STATUS_WOULD_BLOCK, STATUS_TIMED_OUT,    STATUS_OWNER_DIED};
    for (unsigned i = 0; i < ARRAY_SIZE(statuses); i++) {
        if (locks.answers[-(int)statuses[i]] == 0) {
            panic("no call ever answered \"%s\"", status_name(statuses[i]));
        }
    }
    for (int call = 0; call < (locks.schedule ? LOCKS_ALL_CALLS : LOCKS_CALLS); call++) {
        if (locks.calls[call] == 0) {
            panic("call %d was never made", call);
        }
    }
    if (locks.followed == 0 && !locks.schedule) {
        panic("nobody's priority was set by two at once");
    }
    meeting_expect_all_met();
    if (locks.schedule) {
        schedule_expect_all_met();
    }
}

void locks_print(void) {
    printf("ok: %" PRIu64 " calls, %" PRIu64 " switches, %" PRIu64 " boosts, %" PRIu64
           " waits ended by time, %" PRIu64 " refused as too deep: no difference\n",
           locks.total, locks.switches, locks.boosts, locks.wakes_by_time,
           locks.answers[-STATUS_TOO_DEEP]);
    if (locks.schedule) {
        schedule_print();
    }
}
