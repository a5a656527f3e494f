/* SPDX-License-Identifier: MIT */
/*
 * One run of threads that lock, take, wait, suspend, change priorities and die, beside the model of
 * locks_model.h: who runs, what each call answers and all priorities must agree whenever a thread
 * begins or ends a call.
 */
#ifndef TESTS_SIM_LOCKS_H
#define TESTS_SIM_LOCKS_H

#include "lib/compiler.h"

/* Runs `steps` calls from `seed`; stops the program at the first difference. `schedule`: with quanta,
 * deadlines, budgets and periods, too (schedule.h). */
void locks_run(uint64_t seed, uint64_t steps, bool schedule);

/* Of all runs so far: that all that can happen did, or stops the program. */
void locks_expect_all_met(void);

/* What was done, in a line. */
void locks_print(void);

#endif
