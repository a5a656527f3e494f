/* SPDX-License-Identifier: MIT */
/* A lock for readers and writers and a barrier, which the threads of locks.h use beside the others. */
#ifndef TESTS_SIM_MEETING_H
#define TESTS_SIM_MEETING_H

#include "lib/random.h"
#include "tests/sim/locks_model.h"

/* Of each run. */
void meeting_open(void);
void meeting_add_up(void);

struct locks_request meeting_any_request(struct random *random, int self);
status_t meeting_do_call(const struct locks_request *request);

/* What differs from the model, or NULL. */
const char *meeting_compare(void);

/* Of all runs: that all that can happen did, or stops the program. */
void meeting_expect_all_met(void);

#endif
