/* SPDX-License-Identifier: MIT */
/* Follows the first CPU from one piece of straight execution to the next: who runs, and which
 * calls, doors and edges that makes. */
#ifndef TOOLS_OBSERVE_FLOW_H
#define TOOLS_OBSERVE_FLOW_H

#include "tools/observe/context.h"

/* Doors by their reason: an SVC's number, or one of these. From user mode: a call or a fault, and an
 * interrupt. */
enum { DOOR_IRQ = SVCS_MAX, DOOR_FAULT, DOOR_OTHER, DOOR_USER, DOOR_USER_IRQ, DOORS };

extern struct window flow_doors[DOORS][PHASES];

/* Whoever runs. */
struct context *flow_current(void);

/* `last` was executed (NULL: nothing since the last step); `next` will be. */
void flow_step(struct leave *last, const struct place *next);

/* A function begins here, after the instruction before it. */
void flow_falls_into(struct function *function);

/* BOUND_LEFT_OUT was come by: what is under way is not to be held against a bound. */
void flow_leave_out(void);

/* The vector stores into, and frame_resume loads from, the frame at this address. */
void flow_frame_stored(uint64_t frame);
void flow_frame_loaded(uint64_t frame);

#endif
