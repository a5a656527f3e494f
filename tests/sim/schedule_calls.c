/* SPDX-License-Identifier: MIT */
/* The model of a schedule: what calls do. */
#include "tests/sim/locks_model.h"

#define SCHEDULE  (&locks_model.schedule)
#define THREAD(i) (&locks_model.threads[i])
#define OF(i)     (&locks_model.threads[i].schedule)
#define SERVER(i) (&locks_model.schedule.servers[i])

static status_t set_deadline(int self, uint64_t deadline, uint64_t release) {
    struct schedule_thread *it = OF(self);
    if (it->server >= 0) {
        return STATUS_UNSUPPORTED;
    }
    it->deadline = deadline;
    it->round_robin = false;
    it->quantum_left = 0;
    SCHEDULE->quantum_end = SCHEDULE_NEVER;
    if (release > locks_model.now) {
        locks_model_block(THREAD(self), LOCKS_FOR_TIME, LOCKS_NOBODY, release);
    } else {
        THREAD(self)->place = locks_model_youngest();
    }
    return STATUS_OK;
}

static status_t serve(int self, const struct locks_request *request) {
    struct locks_thread *target = THREAD(request->object);
    struct schedule_thread *it = &target->schedule;
    if (!target->alive) {
        return STATUS_STALE;
    }
    const struct schedule_server *server = SERVER(request->server);
    if (it->server >= 0) {
        return STATUS_BUSY;
    }
    if (it->round_robin || (it->deadline != SCHEDULE_NEVER && !server->bandwidth)) {
        return STATUS_UNSUPPORTED;
    }
    it->server = request->server;
    if (!schedule_allows(request->object, target->base)) {
        it->server = SCHEDULE_NOBODY;
        return STATUS_OUT_OF_RANGE;
    }
    if (server->bandwidth) {
        bandwidth_join(request->object);
    }
    if (request->object == self) {
        SCHEDULE->since = locks_model.now; /* what ran before is nobody's */
    }
    return STATUS_OK;
}

static status_t serve_no_more(int self, int target) {
    struct schedule_thread *it = OF(target);
    if (!THREAD(target)->alive) {
        return STATUS_STALE;
    }
    if (it->server < 0) {
        return STATUS_NOT_FOUND;
    }
    if (target == self) {
        schedule_pay(it->server);
    } else if (it->throttled) {
        it->throttled = false;
        THREAD(target)->place = locks_model_youngest();
    }
    bandwidth_end(target);
    it->server = SCHEDULE_NOBODY;
    return STATUS_OK;
}

static status_t wait_overrun(int self, int server) {
    struct schedule_server *it = SERVER(server);
    if (it->waiter >= 0) {
        return STATUS_BUSY;
    }
    if (it->overruns == it->told) {
        it->waiter = self;
        locks_model_block(THREAD(self), LOCKS_FOR_OVERRUN, LOCKS_NOBODY, LOCKS_NEVER);
        return STATUS_OK;
    }
    OF(self)->told = it->overruns - it->told;
    it->told = it->overruns;
    return STATUS_OK;
}

static status_t period_begin(int self, const struct locks_request *request) {
    OF(self)->period = (struct schedule_period){.is_periodic = true,
                                                .by_deadline = request->by_deadline,
                                                .period = request->period,
                                                .relative = request->relative,
                                                .next = request->deadline,
                                                .noticed_at = request->noticed_at,
                                                .release = request->deadline,
                                                .deadline = SCHEDULE_NEVER,
                                                .latency_min = SCHEDULE_NEVER,
                                                .moment = SCHEDULE_NEVER};
    return request->by_deadline ? set_deadline(self, request->deadline + request->relative, 0)
                                : STATUS_OK;
}

static status_t period_wait(int self) {
    struct schedule_period *it = &OF(self)->period;
    if (!it->is_periodic) {
        return STATUS_NOT_FOUND;
    }
    it->passed = 0;
    it->overruns += it->jobs != 0 && locks_model.now > it->next;
    for (; it->next + it->period <= locks_model.now; it->next += it->period) {
        it->passed++; /* the next but one is due, too */
    }
    it->skipped += it->passed;
    it->release = it->next;
    it->next += it->period;
    it->moment = SCHEDULE_NEVER;
    if (it->relative != 0) {
        it->deadline = it->release + it->relative;
        it->moment = it->deadline;
        it->armed = locks_model_youngest();
        unsigned own = THREAD(self)->priority;
        it->level = it->noticed_at > own ? it->noticed_at : own;
    }
    it->begins_job = true;
    if ((!it->by_deadline || set_deadline(self, it->deadline, it->release) != STATUS_OK) &&
        it->release > locks_model.now) {
        locks_model_block(THREAD(self), LOCKS_FOR_TIME, LOCKS_NOBODY, it->release);
    }
    return STATUS_OK;
}

bool schedule_go_on(int self) {
    struct schedule_period *it = &OF(self)->period;
    if (!it->begins_job) {
        return false;
    }
    uint64_t late = locks_model.now - it->release;
    it->begins_job = false;
    it->jobs++;
    it->latency_sum += late;
    it->latency_min = late < it->latency_min ? late : it->latency_min;
    it->latency_max = late > it->latency_max ? late : it->latency_max;
    return true;
}

int schedule_call(int self, const struct locks_request *request) {
    switch (request->call) {
    case LOCKS_COMPUTE:
        OF(self)->left = request->deadline;
        return STATUS_OK;
    case LOCKS_SET_DEADLINE:
        return set_deadline(self, request->deadline, 0);
    case LOCKS_SERVE:
        return serve(self, request);
    case LOCKS_SERVE_NO_MORE:
        return serve_no_more(self, request->object);
    case LOCKS_WAIT_OVERRUN:
        return wait_overrun(self, request->server);
    case LOCKS_PERIOD_BEGIN:
        return period_begin(self, request);
    default:
        return period_wait(self);
    }
}
