/* SPDX-License-Identifier: MIT */
/* The shadow stack of a context: a call is measured from its first instruction to its last one,
 * both included, by the context's clock. */
#ifndef TOOLS_OBSERVE_CALLS_H
#define TOOLS_OBSERVE_CALLS_H

#include "tools/observe/context.h"

/* A function begins; return_to is where it will go on. */
void calls_enter(struct context *context, struct function *function, uint64_t return_to);

/* The same by a branch: it returns for who branched. */
void calls_enter_tail(struct context *context, struct function *function);

/* A return to `pc` was executed: ends the call that returns there. False if there is none. */
bool calls_return(struct context *context, uint64_t pc);

/* Whether the innermost call returns there. */
bool calls_returns_to(const struct context *context, uint64_t pc);

/* A branch into the middle of `function` from another one, `pc` being there: a part that the
 * compiler moved away comes back, if so. */
void calls_back_within(struct context *context, const struct function *function, uint64_t pc);

/* The thread has ended by a task call: so have all its calls, with the eret of that. */
void calls_end(const struct context *context);

/* BOUND_LEFT_OUT was come by: the calls that are under way are not measured. */
void calls_leave_out(const struct context *context);

/* An eret was executed: ends the innermost call. */
void calls_finish(struct context *context);

#endif
