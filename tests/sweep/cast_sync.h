/* SPDX-License-Identifier: MIT */
/*
 * The scene's objects of kernel/sync, and what the cast does with them. They are there in every
 * placement, and idle unless the operation is one of theirs (OP_SYNC): only then do the actions on
 * them come (ACTION_SYNC).
 */
#ifndef TESTS_SWEEP_CAST_SYNC_H
#define TESTS_SWEEP_CAST_SYNC_H

#include "kernel/sync/semaphore.h"
#include "tests/sweep/cast.h"

#define UNITS_MAX 3

extern struct semaphore units;

/* Makes all of them anew; ends all waits at them. */
void sync_plan(void);
void sync_leave(void);

/* What is true of every outcome: NULL, or what is not. */
const char *sync_judge(void);

/* Taking and giving, counted: what is given is taken once, or is there at the end. */
status_t units_take(instant_t deadline);
status_t units_try_take(void);
status_t units_give(void);
status_t units_count_taken(status_t status);
void units_fill(unsigned count);

/* A peer that takes a unit; timed: until scene.peer_deadline. One more, below the subject. */
void peer_takes(unsigned level, bool timed);
void extra_takes(void);

#endif
