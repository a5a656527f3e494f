/* SPDX-License-Identifier: MIT */
/* The port on the stage. A word that comes back is 100 more; who calls or serves it beside the subject. */
#ifndef TESTS_SWEEP_CAST_PORT_H
#define TESTS_SWEEP_CAST_PORT_H

#include "kernel/ipc/port.h"
#include "tests/sweep/cast.h"

extern struct port desk;

void desk_plan(void);
void desk_leave(void);

/* A peer that serves it until it is closed; one that calls it once; one more, below the subject. */
void desk_served(unsigned level);
void desk_called(unsigned level, bool timed);
void desk_called_too(void);

/* One call, that does not wait for long. */
status_t desk_call_briefly(void);

#endif
