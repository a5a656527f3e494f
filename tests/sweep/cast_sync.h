/* SPDX-License-Identifier: MIT */
/*
 * The scene's objects of kernel/sync, and what the cast does with them. They are there in every
 * placement, and idle unless the operation is one of theirs (OF_UNITS, ...): only then do
 * the actions on them come.
 */
#ifndef TESTS_SWEEP_CAST_SYNC_H
#define TESTS_SWEEP_CAST_SYNC_H

#include "kernel/mm/pool.h"
#include "kernel/sync/barrier.h"
#include "kernel/sync/event_flags.h"
#include "kernel/sync/miss_box.h"
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

/* --- Event flags --- */

#define SIGN       1u /* what is waited for */
#define SIGN_OTHER 4u

extern struct event_flags signs;

/* Waits for SIGN, and clears it; tells the value that was seen, or UNSET. */
status_t signs_wait(int32_t *seen, instant_t deadline);
status_t signs_try(int32_t *seen);

/* A peer that waits for `bits` as `mode` says; one more that waits for SIGN, below the subject. */
void peer_watches(unsigned level, unsigned bits, unsigned mode, bool timed);
void extra_watches(unsigned mode);

/* --- A pool --- */

#define BLOCKS 3

extern struct pool blocks;

/* Takes a block for `who`, who has none, or gives it back; the same of the
 * peer's, whoever comes first; how many are out. */
status_t blocks_take(unsigned who);
status_t blocks_give(unsigned who);
status_t blocks_give_peers(void);
int32_t blocks_out(void);

/* --- A barrier, of two or as many as an operation prepares --- */

extern struct barrier rounds;

/* Waits there; 1: as the last, 0: not, else the status. */
int32_t rounds_wait(instant_t deadline);

/* A peer that waits there; one more, below the subject. */
void peer_comes(unsigned level, bool timed);
void extra_comes(void);

/* --- Periods --- */

extern struct miss_box misses;

/* The caller begins a job whose deadline is past: it is told of there, before this returns, unless
 * somebody above runs. */
status_t misses_now(void);

/* A peer that waits to be told. */
void peer_is_told(unsigned level);

#endif
