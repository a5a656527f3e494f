/* SPDX-License-Identifier: MIT */
/* What operations of both kinds of servers do: with the scene's, its child, and a server of their own. */
#ifndef TESTS_SWEEP_OPS_SERVED_H
#define TESTS_SWEEP_OPS_SERVED_H

#include "tests/sweep/cast_server.h"

/* The operation's own. */
extern struct server served_other;

/* Prepare and clean up. */
void served_close_other(void);
void served_self(void);

/* Operations, each of which tells its status, and what it got. */
void served_close(void);
void served_add_child(void);
void served_add_self(void);
void served_remove_child(void);
void served_remove_self(void);
void served_get_state(void);
void served_wait_overrun(void);

/* Of who waits. */
void release_closes_server(void);

#endif
