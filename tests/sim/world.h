/* SPDX-License-Identifier: MIT */
/*
 * One run of the simulation: its random source, its character, its mailboxes, and what
 * everybody is doing. sim.c drives runs, script.c is what threads do, world.c connects the
 * machine with the model.
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "kernel/ipc/mailbox.h"
#include "lib/random.h"
#include "tests/sim/model.h"

#define WORLD_MESSAGE_MAX 48

/* What sort of run it is: drawn from the seed. */
struct character {
    unsigned population;  /* threads that live at a time, roughly */
    unsigned levels;      /* priorities in use */
    unsigned round_robin; /* in 8 */
    unsigned patience;    /* ticks: how far deadlines lie ahead, up to 8 times that */
    unsigned drift;       /* the clock moves at one in so many interrupt points */
    unsigned work;        /* ticks that a thread works at a time */
    uint64_t quantum;     /* ticks */
    uint64_t start;       /* the counter at boot */
};

struct world_mailbox {
    struct mailbox *mailbox; /* NULL: there is none now */
    bool dynamic;
    bool retiring; /* somebody is destroying it: leave it alone */
    uint64_t message_size;
    struct mailbox fixed;
    uint8_t storage[MODEL_CAPACITY * WORLD_MESSAGE_MAX];
};

struct world {
    uint64_t seed;
    uint64_t steps_left;
    uint64_t steps;
    uint64_t next_message;
    uint64_t next_code;
    struct random random;
    struct character character;
    struct world_mailbox mailboxes[MODEL_MAILBOXES];
    struct operation
        device; /* what a device's handler has done in this stretch; kind NONE: nothing */
    uint64_t done[OPERATION_KINDS]; /* how often each */
    uint64_t answers[32];           /* how often each status, by -status */
    uint64_t interrupts, stretches;
};
extern struct world world;

/* Runs `steps` operations from `seed`; stops the program at the first difference. */
void world_run(uint64_t seed, uint64_t steps);

/* The running thread's slot. */
int world_self(void);

/* Prints what, where and the last things that happened, then stops the program. */
NORETURN void world_fail(const char *what);

/* Remembers a line for world_fail(). */
void world_log(const char *format, ...) PRINTF_LIKE(1, 2);

/* The last lines, oldest first. */
void world_print_log(void);

/* Threads that are in a call on a mailbox; with `moving` only those that do not wait there. */
unsigned world_users(int mailbox, bool moving);

/* What a device's interrupt does: it sends, now and then. Masked. */
void script_device(void);

/* What every thread does, until it ends or the run does. */
void script_main(void *argument);

#endif
