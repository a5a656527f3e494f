/* SPDX-License-Identifier: MIT */
/*
 * Who stands about while a curve is measured: up to CROWD_MAX threads that are ready or wait, one
 * joining at a time; and the two threads that do the work among them, of which the higher waits
 * and the lower wakes it. The crowd never runs between two points of a curve.
 */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include "bench/bench.h"
#include "kernel/ipc/mailbox_type.h"

/* The crowd's levels are below those of the threads that are measured. */
#define CROWD_LEVELS BENCH_LOW

struct crowd_message {
    uint64_t word[2];
};

MAILBOX_TYPE(crowd_box, struct crowd_message)

/* An open, empty mailbox with room for 64 messages. One at a time: the one before is forgotten. */
struct crowd_box *crowd_box_fresh(void);

/* How large a crowd can be while two more threads work. */
unsigned crowd_max(void);

/* One more thread that waits for a message, at one of the crowd's levels, each in its turn; it waits
 * when this returns. */
void crowd_wait(struct crowd_box *box);

/* The same at `level`, and at most until `deadline`. */
void crowd_wait_until(struct crowd_box *box, instant_t deadline, unsigned level);

/* One more that is ready, below the threads that are measured. */
void crowd_ready(void);

/* Sends all away: those who wait in `box`, by closing it (NULL: nobody waits). */
void crowd_end(struct crowd_box *box);

/* The two that work, and what they measured: */
struct pair {
    struct crowd_box *box;
    const instant_t *deadlines; /* of each wait but the first; NULL: none */
    unsigned rounds;
    struct figure block; /* the higher calls receive -> the lower goes on */
    struct figure wake;  /* the lower calls try_send -> the higher's receive returns */
};

/* Runs both to their end. */
void pair_run(struct pair *pair);

#endif
