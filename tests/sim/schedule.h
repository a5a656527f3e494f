/* SPDX-License-Identifier: MIT */
/*
 * Quanta, deadlines, budgets and periods for the threads of locks.h: what they ask for at random, how
 * it is done, and what must agree with schedule_model.h.
 */
#ifndef TESTS_SIM_SCHEDULE_H
#define TESTS_SIM_SCHEDULE_H

#include "kernel/sched/thread_internal.h"
#include "lib/random.h"
#include "tests/sim/locks_model.h"

/* Opens the servers of a run, in kernel and model. */
void schedule_open(struct random *random);

/* Of the running thread; `other` may be meant by it. */
struct locks_request schedule_any_request(struct random *random, int other);

/* What a call of `self` answers; `id` is that of its object. */
status_t schedule_do_call(int self, const struct locks_request *request, thread_id_t id);

/* NULL, or what differs. */
const char *schedule_compare_thread(int index, const struct thread *thread);
const char *schedule_compare_servers(void);

/* A run is over; whether all of it was met; and what was done, in a line. */
void schedule_add_up(void);
void schedule_expect_all_met(void);
void schedule_print(void);

#endif
