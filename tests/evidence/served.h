/* SPDX-License-Identifier: MIT */
/* What scenarios of both kinds of servers share: one server, who has a budget of it, and who is told. */
#ifndef TESTS_EVIDENCE_SERVED_H
#define TESTS_EVIDENCE_SERVED_H

#include "kernel/sched/server.h"
#include "tests/evidence/evidence.h"

extern struct server served_server;
extern unsigned served_right;     /* answers that were */
extern volatile bool served_stop; /* who works ends */

/* A thread with floating point. */
thread_id_t served_spawn(thread_entry entry, unsigned priority);

/* Works until it shall stop. */
void served_works(void *argument);

/* Waits for overruns until it is closed. */
void served_handles(void *argument);

/* One of `level` with a budget owns a mutex that a higher one wants, `late` ticks behind its start: the
 * owner is throttled when it is wanted; and the same where it runs. */
void served_lends(const struct server_attributes *attributes, unsigned level, uint64_t late);

#endif
