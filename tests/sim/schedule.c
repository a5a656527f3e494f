/* SPDX-License-Identifier: MIT */
/* Random schedules: what threads ask for, and what must agree with the model. */
#include "tests/sim/schedule.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kernel/sched/edf.h"
#include "kernel/sched/periodic_record.h"
#include "kernel/sched/server_internal.h"
#include "tests/sim/machine.h"
#include "tests/sim/world.h"

static struct server servers[SCHEDULE_SERVERS];
static struct schedule sum; /* of all runs: its counts alone */

static uint64_t below(struct random *random, uint64_t limit) {
    return random_below(random, limit);
}

/* One is below the highest threads, and one only tells of overruns; those of a constant bandwidth are
 * at a level of threads. */
void schedule_open(struct random *random) {
    for (int i = 0; i < SCHEDULE_SERVERS; i++) {
        struct schedule_server *expected = &locks_model.schedule.servers[i];
        expected->bandwidth = i >= SCHEDULE_SPORADIC;
        expected->period = 100 + below(random, 2000);
        expected->budget = 1 + below(random, expected->period);
        expected->budget = i % 2 == 0 ? 1 + expected->budget / 4 : expected->budget;
        expected->priority = i == 0 ? 24 : 27 + (unsigned)below(random, 10);
        expected->goes_on = i == SCHEDULE_SPORADIC - 1;
        if (expected->bandwidth) {
            expected->priority = 25 + (unsigned)below(random, 3);
            expected->postpones = i % 2 != 0;
            expected->deadline = 1;
        }
        expected->left = (int64_t)expected->budget;
        const struct server_attributes attributes = {.budget = {expected->budget},
                                                     .period = {expected->period},
                                                     .priority = (uint8_t)expected->priority,
                                                     .goes_on =
                                                         expected->goes_on || expected->postpones,
                                                     .bandwidth = expected->bandwidth};
        status_t status = server_open(&servers[i], &attributes);
        check(status == STATUS_OK);
    }
}

/* Mostly one that a constant bandwidth takes, if there is any. */
static void choose_served(struct random *random, struct locks_request *request) {
    const struct schedule_server *server = &locks_model.schedule.servers[request->server];
    if (!server->bandwidth || below(random, 4) == 0) {
        return;
    }
    for (int i = 1; i < LOCKS_THREADS; i++) {
        const struct locks_thread *thread = &locks_model.threads[request->object];
        if (thread->alive && thread->base == server->priority && thread->schedule.server < 0) {
            return;
        }
        request->object = 1 + request->object % (LOCKS_THREADS - 1);
    }
}

struct locks_request schedule_any_request(struct random *random, int other) {
    struct locks_request request = {.object = other,
                                    .server = (int)below(random, SCHEDULE_SERVERS)};
    switch (below(random, 24)) {
    case 0 ... 11:
        request.call = below(random, 6) == 0 ? LOCKS_WORK : LOCKS_COMPUTE;
        request.deadline = 1 + below(random, 150);
        return request;
    case 12 ... 14:
        request.call = LOCKS_SET_DEADLINE;
        request.deadline =
            below(random, 5) == 0 ? LOCKS_NEVER : hosted.now + 40 * below(random, 20);
        return request;
    case 15 ... 17:
        request.call = LOCKS_SERVE;
        choose_served(random, &request);
        return request;
    case 18:
        request.call = LOCKS_SERVE_NO_MORE;
        return request;
    case 19:
        request.call = below(random, 3) == 0 ? LOCKS_WAIT_OVERRUN : LOCKS_PERIOD_WAIT;
        return request;
    case 20:
        request.call = LOCKS_PERIOD_BEGIN;
        request.deadline = hosted.now + below(random, 200);
        request.period = 1 + below(random, 400);
        request.by_deadline = below(random, 2) != 0;
        request.relative = request.by_deadline || below(random, 2) != 0
                               ? 1 + below(random, 2 * request.period)
                               : 0;
        request.noticed_at = (unsigned)below(random, 40);
        return request;
    default:
        request.call = LOCKS_PERIOD_WAIT;
        return request;
    }
}

static status_t begin_period(const struct locks_request *request) {
    const struct periodic_attributes attributes = {.first = {request->deadline},
                                                   .period = {request->period},
                                                   .deadline = {request->relative},
                                                   .noticed_at = (uint8_t)request->noticed_at,
                                                   .by_deadline = request->by_deadline};
    return periodic_begin(&attributes);
}

static status_t wait_for_overrun(int self, int server) {
    uint64_t overruns = 0;
    status_t status = server_wait_overrun(&servers[server], &overruns);
    if (status == STATUS_OK && overruns != locks_model.threads[self].schedule.told) {
        world_fail("a handler is told of other overruns");
    }
    return status;
}

static status_t wait_for_release(int self) {
    uint64_t skipped = 0;
    status_t status = periodic_wait(&skipped);
    if (status == STATUS_OK && skipped != locks_model.threads[self].schedule.period.passed) {
        world_fail("another number of releases was skipped");
    }
    return status;
}

status_t schedule_do_call(int self, const struct locks_request *request, thread_id_t id) {
    switch (request->call) {
    case LOCKS_COMPUTE:
        hosted_step(request->deadline);
        return STATUS_OK;
    case LOCKS_SET_DEADLINE:
        return edf_set_deadline((instant_t){request->deadline});
    case LOCKS_SERVE:
        return server_add(&servers[request->server], id);
    case LOCKS_SERVE_NO_MORE:
        return server_remove(id);
    case LOCKS_WAIT_OVERRUN:
        return wait_for_overrun(self, request->server);
    case LOCKS_PERIOD_BEGIN:
        return begin_period(request);
    default:
        return wait_for_release(self);
    }
}

/* --- Comparing -------------------------------------------------------------------------------- */

static const char *compare_period(const struct schedule_period *expected, thread_id_t id) {
    struct periodic_state state;
    if (periodic_state(id, &state) != (expected->is_periodic ? STATUS_OK : STATUS_NOT_FOUND)) {
        return "a thread is periodic, or not";
    }
    if (!expected->is_periodic) {
        return NULL;
    }
    if (state.release.ticks != expected->release || state.deadline.ticks != expected->deadline) {
        return "a job has another release or deadline";
    }
    if (state.jobs != expected->jobs || state.overruns != expected->overruns ||
        state.skipped != expected->skipped) {
        return "jobs, overruns or skipped releases differ";
    }
    if (state.misses != expected->misses) {
        return "missed deadlines differ";
    }
    bool same = state.latency_min.ticks == expected->latency_min &&
                state.latency_max.ticks == expected->latency_max &&
                state.latency_sum.ticks == expected->latency_sum;
    return same ? NULL : "latencies differ";
}

const char *schedule_compare_thread(int index, const struct thread *thread) {
    const struct schedule_thread *expected = &locks_model.threads[index].schedule;
    const struct schedule_server *by =
        expected->server < 0 ? NULL : &locks_model.schedule.servers[expected->server];
    bool bandwidth = by != NULL && by->bandwidth;
    instant_t deadline = INSTANT_NEVER;
    if (edf_get_deadline(thread->id, &deadline) != STATUS_OK ||
        deadline.ticks != (bandwidth ? by->deadline : expected->deadline)) {
        return "a thread runs by another deadline";
    }
    if (bandwidth && thread->deadline.ticks != expected->deadline) {
        return "a thread has arrived, or not, or has another deadline of its server";
    }
    if (((thread->timed & THREAD_TIMED_SERVED) != 0) != (expected->server >= 0) ||
        (expected->server >= 0 && thread->server != &servers[expected->server])) {
        return "a thread has another server";
    }
    if (thread->quantum_left.ticks != expected->quantum_left) {
        world_log("thread %d: %" PRIu64 ", expected %" PRIu64, index, thread->quantum_left.ticks,
                  expected->quantum_left);
        return "another part of a quantum is left";
    }
    if (expected->round_robin && index == locks_model.running &&
        arch_cpu_self()->quantum_end.ticks != locks_model.schedule.quantum_end) {
        return "a quantum ends at another moment";
    }
    if (thread_is_throttled(thread) != expected->throttled) {
        return "a thread is throttled, or not";
    }
    return compare_period(&expected->period, thread->id);
}

/* How often the running thread was looked at, and so how much of what it ran is taken, is not told. */
static int64_t left_now(int index) {
    const struct schedule *schedule = &locks_model.schedule;
    int running = locks_model.running;
    bool runs = running >= 0 && locks_model.threads[running].schedule.server == index;
    return schedule->servers[index].left -
           (runs ? (int64_t)(locks_model.now - schedule->since) : 0);
}

static const char *compare_bandwidth(int index) {
    const struct schedule_server *expected = &locks_model.schedule.servers[index];
    const struct server *server = &servers[index];
    struct server_state state;
    if (server_get_state(server, &state) != STATUS_OK || state.left != left_now(index)) {
        return "a bandwidth has another budget left";
    }
    if (state.deadline.ticks != expected->deadline) {
        return "a bandwidth has another deadline";
    }
    if (server->bandwidth.active != expected->active) {
        return "other threads of a bandwidth have arrived";
    }
    return server->bandwidth.counted != expected->counted ? "an overrun is counted, or not" : NULL;
}

static const char *compare_server(int index) {
    const struct schedule_server *expected = &locks_model.schedule.servers[index];
    const struct server *server = &servers[index];
    const char *found = expected->bandwidth ? compare_bandwidth(index) : NULL;
    if (found != NULL) {
        return found;
    }
    if (!expected->bandwidth && server_left(server, server->left) != expected->left) {
        return "a server has another budget left";
    }
    if (server->refill_end - server->refill_first != expected->count) {
        return "another number of pieces comes back";
    }
    for (unsigned i = 0; i < expected->count; i++) {
        const struct server_refill *piece =
            &server->refill[(server->refill_first + i) % CONFIG_SERVER_REFILLS];
        if (piece->when.ticks != expected->piece[i].when ||
            piece->ticks != expected->piece[i].ticks) {
            return "a piece comes back at another moment, or is another";
        }
    }
    if (server->overruns != expected->overruns || server->overruns_told != expected->told) {
        return "overruns differ";
    }
    return server->armed != expected->is_armed ? "a server waits for its budget, or not" : NULL;
}

const char *schedule_compare_servers(void) {
    const char *found = NULL;
    for (int i = 0; i < SCHEDULE_SERVERS && found == NULL; i++) {
        found = compare_server(i);
        if (found != NULL) {
            world_log("server %d: left %" PRId64 ", expected %" PRId64, i, servers[i].left,
                      locks_model.schedule.servers[i].left);
        }
    }
    return found;
}

/* --- What was done ---------------------------------------------------------------------------- */

void schedule_add_up(void) {
    const struct schedule *run = &locks_model.schedule;
    sum.throttles += run->throttles;
    sum.owed += run->owed;
    sum.misses += run->misses;
    sum.overruns += run->overruns;
    sum.quanta += run->quanta;
    sum.reorders += run->reorders;
    sum.begun += run->begun;
    sum.kept += run->kept;
    sum.postponed += run->postponed;
    sum.paid += run->paid;
}

void schedule_expect_all_met(void) {
    if (sum.throttles == 0 || sum.owed == 0 || sum.misses == 0 || sum.overruns == 0 ||
        sum.quanta == 0 || sum.reorders == 0 || sum.begun == 0 || sum.kept == 0 ||
        sum.postponed == 0 || sum.paid == 0) {
        schedule_print();
        panic("one of these was never met");
    }
}

void schedule_print(void) {
    printf("%" PRIu64 " overruns, %" PRIu64 " throttled, %" PRIu64 " ticks owed, %" PRIu64
           " misses, %" PRIu64 " ends of a quantum, %" PRIu64 " brought forward by deadline\n",
           sum.overruns, sum.throttles, sum.owed, sum.misses, sum.quanta, sum.reorders);
    printf("%" PRIu64 " bandwidths begun anew, %" PRIu64 " arrivals within one, %" PRIu64
           " postponed, %" PRIu64 " owed and paid\n",
           sum.begun, sum.kept, sum.postponed, sum.paid);
}
