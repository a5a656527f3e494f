/* SPDX-License-Identifier: MIT */
/* Markers of lib/bound.h as they are come by: turns of each coming by a loop, and how often a path
 * is taken in one call of the function that limits it. */
#ifndef TOOLS_OBSERVE_LOOPS_H
#define TOOLS_OBSERVE_LOOPS_H

#include "tools/observe/context.h"

/* A marker of a loop or a limit, by the innermost call of the context. */
void loops_pass(struct context *context, const struct marker *marker);

/* A call of the function begins: its limits hold for it and what it calls. */
void loops_begin_limits(struct context *context, const struct function *function);

#endif
