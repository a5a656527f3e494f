/* SPDX-License-Identifier: MIT */
/*
 * Calls, tail calls and returns. A function that ends in a branch to another one has not ended: its
 * window closes when that one returns, for both. So a return ends the innermost call and, while
 * that came by a branch, the one below.
 */
#include "tools/observe/calls.h"

#include <stdlib.h>

#include "tools/observe/loops.h"

static void push(struct context *context, struct function *function, uint64_t return_to,
                 bool tail) {
    if (context->call_count == context->call_room) {
        if (context->call_room == CONTEXT_CALLS_MAX) {
            context_problem(PROBLEM_DEEP, function == NULL ? 0 : function->start);
            context_restart(context);
        } else {
            context->call_room = context->call_room == 0 ? 32 : context->call_room * 2;
            context->calls = realloc(context->calls, context->call_room * sizeof *context->calls);
            if (context->calls == NULL) {
                image_fail("memory", "none left");
            }
        }
    }
    context->calls[context->call_count++] = (struct call){
        function, return_to, context_clock(context), context->loop_count, tail, false,
    };
    if (function != NULL) {
        loops_begin_limits(context, function);
        if (function->panics) {
            clock_phase = PHASE_PANIC;
        }
    }
}

/* Takes the innermost call off; its window counts if it has ended. */
static void pop(struct context *context, bool ended) {
    struct call *call = &context->calls[--context->call_count];
    context->loop_count = call->loops;
    if (ended && call->function != NULL) {
        window_note(&call->function->calls[clock_phase], context_clock(context) - call->entered,
                    call->left_out);
    }
}

void calls_enter(struct context *context, struct function *function, uint64_t return_to) {
    push(context, function, return_to, false);
}

void calls_enter_tail(struct context *context, struct function *function) {
    if (context->call_count == 0) {
        push(context, function, 0, false);
    } else {
        push(context, function, context->calls[context->call_count - 1].return_to, true);
    }
}

void calls_finish(struct context *context) {
    bool tail = context->call_count > 0;
    while (tail) {
        tail = context->calls[context->call_count - 1].tail;
        pop(context, true);
    }
}

bool calls_returns_to(const struct context *context, uint64_t pc) {
    return context->call_count > 0 && context->calls[context->call_count - 1].return_to == pc;
}

bool calls_return(struct context *context, uint64_t pc) {
    uint32_t depth = context->call_count;
    while (depth > 0 && context->calls[depth - 1].return_to != pc) {
        depth--;
    }
    if (depth == 0) {
        return false;
    }
    if (depth != context->call_count) {
        context_problem(PROBLEM_SKIPPED, pc);
        while (context->call_count > depth) {
            pop(context, false);
        }
    }
    calls_finish(context);
    return true;
}

void calls_back_within(struct context *context, const struct function *function, uint64_t pc) {
    uint32_t depth = context->call_count;
    while (depth > 1 && context->calls[depth - 1].tail &&
           context->calls[depth - 1].function != function) {
        depth--;
    }
    if (depth > 0 && context->calls[depth - 1].function == function) {
        while (context->call_count > depth) {
            pop(context, false);
        }
    } else {
        context_problem(PROBLEM_JUMP, pc);
    }
}

void calls_end(const struct context *context) {
    for (uint32_t i = 0; i < context->call_count; i++) {
        const struct call *call = &context->calls[i];
        if (call->function != NULL) {
            window_note(&call->function->ended, context_clock(context) - call->entered,
                        call->left_out);
        }
    }
}

void calls_leave_out(const struct context *context) {
    for (uint32_t i = 0; i < context->call_count; i++) {
        context->calls[i].left_out = true;
    }
}
