/* SPDX-License-Identifier: MIT */
/*
 * What the model of locks_model.h knows of time within a level and beyond it: quanta, deadlines that
 * order a level, servers and their budgets, periods. A served thread is FIFO, and nobody has both a
 * server and a deadline; servers of another kind would have their rules beside schedule_charge() and
 * schedule_used_up().
 *
 * Each step is what one interrupt does, and takes no time. Between two of them it is asked anew who
 * runs, because a switch counts: the pieces of a budget begin and end there.
 */
#ifndef TESTS_SIM_SCHEDULE_MODEL_H
#define TESTS_SIM_SCHEDULE_MODEL_H

#include "config.h"
#include "lib/compiler.h"

#define SCHEDULE_SERVERS 4
#define SCHEDULE_NEVER   UINT64_MAX
#define SCHEDULE_NOBODY  (-1)

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
    uint64_t deadline; /* orders its level; NEVER: none */
    uint64_t quantum_left;
    int server; /* or NOBODY */
    bool throttled, lent;
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
};

struct schedule {
    struct schedule_server servers[SCHEDULE_SERVERS];
    uint64_t quantum;     /* of everybody */
    uint64_t quantum_end; /* of who runs; NEVER: it does not count */
    uint64_t since;       /* who runs has done so since then */
    bool limit_first; /* who runs is not lent anything any more: its budget comes before a switch */
    uint64_t throttles, owed, misses, overruns, quanta, reorders;
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

/* `self` runs again after a wait: a job begins. Whether there was something to do. */
bool schedule_go_on(int self);

#endif
