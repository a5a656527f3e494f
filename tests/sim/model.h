/* SPDX-License-Identifier: MIT */
/*
 * What the kernel's documents promise, as a program that cares for clarity alone: threads, timed
 * events and mailboxes are plain records, and every question ("who runs?", "who is served?", "what
 * is due?") is a search through all of them. It is told of each masked stretch at its end and says
 * what must be true then.
 *
 * Order is kept by numbers: who came later has a larger `place`.
 */
#ifndef TESTS_SIM_MODEL_H
#define TESTS_SIM_MODEL_H

#include "config.h"
#include "kernel/sched/thread.h"
#include "lib/status.h"

#define MODEL_THREADS   CONFIG_THREAD_SLOTS
#define MODEL_MAILBOXES 4
#define MODEL_CAPACITY  5
#define MODEL_IDLE      (-1)
#define MODEL_NEVER     UINT64_MAX

enum model_state { MODEL_FREE, MODEL_READY, MODEL_WAITING, MODEL_ENDED };
enum model_wait { MODEL_SLEEP, MODEL_SEND, MODEL_RECEIVE, MODEL_JOIN };

/* What a thread's script is about to ask of the kernel. */
enum operation_kind {
    OPERATION_NONE,
    OPERATION_TRY_SEND,
    OPERATION_TRY_RECEIVE,
    OPERATION_SEND,
    OPERATION_RECEIVE,
    OPERATION_SLEEP,
    OPERATION_YIELD,
    OPERATION_SPAWN,
    OPERATION_EXIT,
    OPERATION_JOIN,
    OPERATION_DETACH,
    OPERATION_SET_PRIORITY,
    OPERATION_LOOK,
    OPERATION_CLOSE,
    OPERATION_FAULT,
    OPERATION_KINDS,
};

struct operation {
    enum operation_kind kind;
    int mailbox;                         /* send, receive, close */
    uint64_t message;                    /* send: what; receive: what was got */
    uint64_t deadline;                   /* send, receive, sleep, join */
    thread_id_t target;                  /* join, detach, set_priority, look */
    unsigned priority;                   /* set_priority; look: what was found */
    int64_t code;                        /* exit: what; join: what was got */
    struct thread_attributes attributes; /* spawn */
    thread_id_t spawned;                 /* spawn: what the kernel said */
    unsigned stretches;                  /* direct ones so far */
    bool moves; /* set_priority: the deadline of who waits goes along, before and after */
    bool answered;
    status_t answer;
};

struct model_thread {
    enum model_state state;
    uint32_t generation;
    unsigned priority;
    bool round_robin, fp, detached, faulted;
    unsigned stack_class;
    uint64_t place; /* among the ready ones, or among those that wait for the same */
    uint64_t share; /* what is left of its quantum */
    enum model_wait wait;
    int joined;        /* whose end it waits for */
    uint64_t deadline; /* NEVER: none */
    unsigned level;    /* of the deadline: its priority, but for a moment */
    uint64_t armed;    /* when the deadline was set, as a place */
    int64_t code;      /* of the ended */
    struct operation *operation;
};

struct model_mailbox {
    bool closed;
    unsigned capacity;
    unsigned count;
    uint64_t messages[MODEL_CAPACITY]; /* oldest first */
};

struct model {
    struct model_thread threads[MODEL_THREADS];
    struct model_mailbox mailboxes[MODEL_MAILBOXES];
    int running;
    unsigned level; /* the running thread's, when a door was left last */
    uint64_t quantum;
    uint64_t quantum_end; /* NEVER: the running thread's share is not being used up */
    uint64_t youngest;    /* the largest place given */
    uint64_t oldest;      /* the smallest */
    bool owes;            /* the running thread must ask for a reschedule next */
    uint64_t wakes_by_time, switches, rotations, handovers;
};
extern struct model model;

/* Begins with one ready thread, which runs. */
void model_begin(int slot, unsigned priority, uint64_t quantum);

/* A mailbox as after mailbox_init(). */
void model_mailbox_open(int mailbox, unsigned capacity);

/* What each kind of stretch does, at the moment `now`.
 * NULL, or what the kernel must not have done. */
const char *model_direct(uint64_t now);
const char *model_task_call(unsigned number, const uint64_t *argument, uint64_t now);
const char *model_interrupt(uint64_t now);
const char *model_fault(uint64_t now);
/* An interrupt in which a device's handler has sent, and got the answer `status`. */
const char *model_device(struct operation *operation, status_t status, uint64_t now);

/* --- Questions -------------------------------------------------------------------------------- */

int model_pick(void);
int model_first_waiter(int mailbox, enum model_wait wait);
bool model_is_contested(int thread);
/* Who waits at `level` and whose time comes first: by moment, then by the order of arming; or -1. */
int model_first_armed(unsigned level);

/* --- For the files of the model -------------------------------------------------------------- */

void model_answer(int thread, status_t status);
void model_wake(int thread, status_t status);
void model_block(int thread, enum model_wait wait, uint64_t deadline);
void model_end(int thread, int64_t code);
void model_release(int thread);
/* The door is left: who shall run runs, and the quantum changes hands. */
void model_leave(uint64_t now);

#endif
