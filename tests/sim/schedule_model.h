/* SPDX-License-Identifier: MIT */
/*
 * What the model of locks_model.h knows of time within a level and beyond it: quanta, deadlines that
 * order a level, servers and their budgets, periods. A served thread is FIFO, and nobody has both a
 * server and a deadline; but for those whose server has a constant bandwidth, whose deadline it is
 * (bandwidth_model.c).
 *
 * Each step is what one interrupt does, and takes no time. Between two of them it is asked anew who
 * runs, because a switch counts: the pieces of a budget begin and end there.
 */
#ifndef TESTS_SIM_SCHEDULE_MODEL_H
#define TESTS_SIM_SCHEDULE_MODEL_H

#include "config.h"
#include "lib/compiler.h"

#define SCHEDULE_SERVERS  6
#define SCHEDULE_SPORADIC 4 /* the first of them; the others have a constant bandwidth */
#define SCHEDULE_NEVER    UINT64_MAX
#define SCHEDULE_NOBODY   (-1)

struct locks_request;

/* Of a periodic thread. */
struct schedule_period {
    bool is_periodic, by_deadline, begins_job;
    uint64_t period, relative, next;
    unsigned noticed_at;
    uint64_t release, deadline, jobs, overruns, skipped, misses, latency_min, latency_max,
        latency_sum;
    uint64_t moment, armed; /* when a miss is noticed; NEVER: not at all */
    unsigned level;
    uint64_t passed; /* what its last wait told */
};

struct schedule_thread {
    uint64_t left;     /* to compute */
    bool round_robin;  /* and no deadline */
    uint64_t deadline; /* orders its level; NEVER: none; 0 by a bandwidth: it has yet to arrive */
    uint64_t quantum_left;
    int server; /* or NOBODY */
    bool throttled;
    uint64_t told; /* overruns */
    struct schedule_period period;
};

#define SCHEDULE_THREAD_PLAIN                                                                      \
    ((struct schedule_thread){.deadline = SCHEDULE_NEVER, .server = SCHEDULE_NOBODY})

struct schedule_server {
    uint64_t budget, period;
    unsigned priority;
    bool goes_on;
    int64_t left;
    unsigned count; /* of pieces that come back */
    struct {
        uint64_t when, ticks;
    } piece[CONFIG_SERVER_REFILLS];
    uint64_t back, overruns, told;
    bool is_armed;
    uint64_t moment, armed; /* of its event */
    int waiter;

    /* Of a constant bandwidth. */
    bool bandwidth;
    bool postpones; /* else its threads are throttled until the deadline */
    bool counted;   /* the overrun is, of the budget that is used up */
    uint64_t deadline;
    unsigned active; /* threads that have arrived, and not blocked since */
};

struct schedule {
    struct schedule_server servers[SCHEDULE_SERVERS];
    uint64_t quantum;     /* of everybody */
    uint64_t quantum_end; /* of who runs; NEVER: it does not count */
    uint64_t since;       /* who runs has done so since then */
    uint64_t throttles, owed, misses, overruns, quanta, reorders, begun, kept, postponed, paid;
};

void schedule_begin(uint64_t quantum);

/* `running` gives way to `next`, or goes on, both may be NOBODY. */
void schedule_switch(int running, int next);

/* When the quantum or budget of who runs ends, or it must be compared with its level. */
uint64_t schedule_limit(int running);

/* It has come: one step. */
void schedule_limit_step(int running);

/* Who runs has a server no more, which pays for what it ran. */
void schedule_pay(int server);

/* Whether its server lets a thread have this base priority. */
bool schedule_allows(int thread, unsigned base);

/* What `thread` is lent may have changed. */
void schedule_lent(int thread);

/* `thread`, which is ready, is suspended by another. */
void schedule_suspend(int thread);

/* The earliest of the timed events that no wait has armed, from `level` upwards if `due`; its kind
 * and moment are to be compared with those of waits. */
struct schedule_event {
    uint64_t moment, armed;
    unsigned level;
    int server, thread; /* whose it is, or NOBODY */
    int waiter;         /* else whose wait it ends */
};
unsigned schedule_events(struct schedule_event *events);
void schedule_event(const struct schedule_event *event);

/* Calls; what they answer. */
int schedule_call(int self, const struct locks_request *request);

/* --- Constant bandwidth ---------------------------------------------------------------------- */

/* When the running thread is to be looked at, and one look at it. */
uint64_t bandwidth_limit(int running);
void bandwidth_look(int running);

/* A step of a server that others wait for: whether its deadline has come. */
bool bandwidth_refill(struct schedule_server *server);

/* It is served from now on; it runs no longer, until it is woken; it is served no more. */
void bandwidth_join(int thread);
void bandwidth_leave(int thread);
void bandwidth_end(int thread);

/* --- For the files of the model -------------------------------------------------------------- */

int schedule_first_by_deadline(int thread);
void schedule_bring_forward(int thread);
void schedule_throttle(int thread, bool throttled);
bool schedule_tell(struct schedule_server *server);

/* `self` runs again after a wait: a job begins. Whether there was something to do. */
bool schedule_go_on(int self);

#endif
