/* SPDX-License-Identifier: MIT */
/*
 * What the documents promise of threads that lock mutexes, take semaphores, wait for event flags,
 * suspend each other, change priorities and die: a reference scheduler that cares for clarity alone.
 * It is told what the running thread asks for, as one step, and says who runs then, and what each
 * call answers. The clock stands still within a call.
 *
 * Nothing is kept that can be computed: what a thread inherits is searched for whenever it matters.
 * Order is kept by numbers: who came later has a larger place.
 */
#ifndef TESTS_SIM_LOCKS_MODEL_H
#define TESTS_SIM_LOCKS_MODEL_H

#include "config.h"
#include "lib/status.h"
#include "tests/sim/schedule_model.h"

#define LOCKS_THREADS    12 /* the first supervises the others */
#define LOCKS_MUTEXES    12
#define LOCKS_SEMAPHORES 2
#define LOCKS_NOBODY     (-1)
#define LOCKS_NEVER      UINT64_MAX

enum locks_call {
    LOCKS_WORK, /* the clock moves */
    LOCKS_YIELD,
    LOCKS_SLEEP,
    LOCKS_LOCK,
    LOCKS_TRY_LOCK,
    LOCKS_UNLOCK,
    LOCKS_TAKE,
    LOCKS_GIVE,
    LOCKS_WAIT_FLAGS,
    LOCKS_SET_FLAGS, /* only by who is above all: so it is one step */
    LOCKS_SET_PRIORITY,
    LOCKS_SUSPEND,
    LOCKS_RESUME,
    LOCKS_SPAWN,
    LOCKS_END,
    LOCKS_READ, /* from here on a lock for readers and writers, and a barrier */
    LOCKS_WRITE,
    LOCKS_END_READ,
    LOCKS_END_WRITE,
    LOCKS_MEET,
    LOCKS_CALLS, /* what follows is of schedule_model.h */
    LOCKS_COMPUTE =
        LOCKS_CALLS, /* the clock moves tick by tick: what is due interrupts at its tick */
    LOCKS_SET_DEADLINE,
    LOCKS_SERVE, /* `object`, from now on, by server `server` */
    LOCKS_SERVE_NO_MORE,
    LOCKS_WAIT_OVERRUN,
    LOCKS_PERIOD_BEGIN,
    LOCKS_PERIOD_WAIT,
    LOCKS_ALL_CALLS,
};

/* What is asked for. */
struct locks_request {
    enum locks_call call;
    int object; /* a mutex, a semaphore, a thread */
    unsigned priority;
    uint64_t deadline; /* work: how long */
    uint64_t bits;
    bool all, clear;  /* of the flags that are waited for */
    unsigned life;    /* which of the threads that an object has been is meant; the model's own */
    bool round_robin; /* of who is spawned */
    int server;
    uint64_t period,
        relative; /* of a periodic thread: its period, and deadlines from releases on */
    unsigned noticed_at;
    bool by_deadline;
};

enum locks_wait {
    LOCKS_FOR_TIME,
    LOCKS_FOR_MUTEX,
    LOCKS_FOR_UNIT,
    LOCKS_FOR_FLAGS,
    LOCKS_FOR_RESUME,
    LOCKS_FOR_OVERRUN,
    LOCKS_TO_READ,
    LOCKS_TO_WRITE,
    LOCKS_TO_MEET, /* `queue` 0 or 1: the number of its round is even or odd */
};

struct locks_thread {
    bool alive, ending, suspended, waits;
    unsigned life; /* how many have been this one before */
    unsigned base, priority;
    uint64_t place; /* among the ready */

    enum locks_wait wait; /* if it waits; or stands in a mutex's queue though its time is up */
    int queue;            /* a mutex or semaphore that it stands in the queue of, or NOBODY */
    uint64_t queue_place;
    uint64_t deadline, armed; /* NEVER: none; the order of arming */
    unsigned level;           /* of its deadline */

    bool
        joined; /* has joined a mutex's queue, and has yet to wait: who it lends its priority to may
                  * come before it, having no deadline */
    bool
        sets_priority; /* has taken the deadline of another to its new level, and has yet to set it */
    bool follows;      /* has set it, and has yet to see whether that is still its level */
    bool lets_in;      /* has yet to let in the next, after a wait to read or write */
    bool meets;        /* has waited at the barrier, and has yet to see whether that was in vain */
    bool wakes;        /* wakes those of round `round`, one at a time */
    bool comes_again; /* and then comes once more */
    uint64_t round;
    struct locks_request request;
    status_t answer;

    struct schedule_thread schedule;
};

struct locks_mutex {
    bool recursive, has_ceiling;
    unsigned ceiling;
    int owner;
    unsigned depth;
    bool half_done; /* an owner has ended, and the next was not told yet */
    uint64_t lends_since;
    int lender; /* whom it lends to since then */
};

#define MEETING_READERS 2
#define MEETING_THREADS 3

struct locks_meeting {
    unsigned readers;
    int writer;
    unsigned arrived;
    uint64_t rounds;
    uint64_t woken, late;
};

struct locks_model {
    struct locks_thread threads[LOCKS_THREADS];
    struct locks_mutex mutexes[LOCKS_MUTEXES];
    unsigned units[LOCKS_SEMAPHORES], units_max;
    uint64_t flags;
    uint64_t now;
    int running;
    uint64_t youngest, oldest;
    struct schedule schedule;
    struct locks_meeting meeting;
    uint64_t switches, boosts, wakes_by_time, followed;
};
extern struct locks_model locks_model;

/* Nobody but the supervisor, who runs. */
void locks_model_begin(unsigned priority, unsigned units_max);

/* The running thread asks for something; then whatever follows until somebody can ask again. */
void locks_model_ask(const struct locks_request *request);

/* The priority of a thread, by definition. */
unsigned locks_model_priority(int thread);

/* --- For the files of the model -------------------------------------------------------------- */

uint64_t locks_model_youngest(void);
bool locks_model_is_lent(int thread);
bool locks_model_stands_in(int thread, enum locks_wait wait, int queue);
int locks_model_first_in(enum locks_wait wait, int queue);
void locks_model_note_lenders(void);
void locks_model_follow(int thread);
void locks_model_block(struct locks_thread *thread, enum locks_wait wait, int queue,
                       uint64_t deadline);
void locks_model_wake(struct locks_thread *thread, status_t answer);
status_t locks_model_lock(int self, const struct locks_request *request);
status_t locks_model_unlock(int self, int mutex);
void locks_model_give_up(struct locks_thread *thread);
void locks_model_begin_to_end(int self);
void locks_model_go_on_ending(int self);

/* Calls of meeting_model.c, and what is left of them when a thread runs again: whether there was. */
status_t meeting_call(int self, const struct locks_request *request);
bool meeting_go_on(int self);

#endif
