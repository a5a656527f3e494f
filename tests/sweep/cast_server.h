/* SPDX-License-Identifier: MIT */
/*
 * The scene's server: what operations and actions of the group "server" are about; and the budget
 * of the subject where that is what ends at the position (MODE_BUDGET, MODE_BANDWIDTH).
 */
#ifndef TESTS_SWEEP_CAST_SERVER_H
#define TESTS_SWEEP_CAST_SERVER_H

#include "kernel/sched/server.h"
#include "tests/sweep/cast.h"

extern struct server allowance;

/* Has a constant bandwidth, for the checker alone. */
extern struct server lane;

/* Whether this placement has a server at all. */
bool has_allowance(void);

/* Opens it; takes all threads out of it that live, and ends it, if none has ended in it; ends it when
 * those are joined. */
void allowance_plan(void);
void allowance_leave(void);
void allowance_end(void);

/* Has so little, or is made so, that who uses it up is throttled for ever. */
bool allowance_is_small(void);
void allowance_make_small(void);

/* Of the subject: from now on it has a budget that ends where the scene says. */
void allowance_begin(void);

/* Goes on until it has ended: then the attacker comes behind the operation. */
void allowance_spend(void);

/* The attacker's wait for that end. */
void allowance_await_overrun(void);

#endif
