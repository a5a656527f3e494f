/* SPDX-License-Identifier: MIT */
/*
 * Counts belong to a call on a context's shadow stack, so neither nesting nor an interrupt mixes
 * them. A loop that was inlined into several places, or unrolled, has one count in each call: LOOP
 * begins it anew, each TURN adds one, wherever the copies of the markers stand.
 *
 * A limit holds from the start of its function's call, since a path may be taken before its marker.
 * Coming by the marker a second time in one call (inlined twice, or in a loop) begins it anew.
 */
#include "tools/observe/loops.h"

#include <stdlib.h>

static uint32_t innermost(const struct context *context) {
    return context->call_count == 0 ? 0 : context->calls[context->call_count - 1].loops;
}

static struct loop *find(struct context *context, const struct group *group) {
    for (uint32_t i = innermost(context); i < context->loop_count; i++) {
        if (context->loops[i].group == group) {
            return &context->loops[i];
        }
    }
    return NULL;
}

static struct loop *add(struct context *context, struct group *group) {
    if (context->loop_count == context->loop_room) {
        context->loop_room = context->loop_room == 0 ? 16 : context->loop_room * 2;
        context->loops = realloc(context->loops, context->loop_room * sizeof *context->loops);
        if (context->loops == NULL) {
            image_fail("memory", "none left");
        }
    }
    struct loop *loop = &context->loops[context->loop_count++];
    *loop = (struct loop){.group = group};
    return loop;
}

static void count(struct loop *loop) {
    if (++loop->turns > loop->group->max[clock_phase]) {
        loop->group->max[clock_phase] = loop->turns;
    }
}

static void pass_loop(struct context *context, struct group *group) {
    struct loop *loop = find(context, group);
    if (loop == NULL) {
        loop = add(context, group);
    }
    loop->turns = 0;
    group->starts[clock_phase]++;
}

/* The call's own loop; or, where the compiler moved a loop's body into a function, a caller's. */
static void pass_turn(struct context *context, const struct marker *marker) {
    uint32_t i = context->loop_count;
    while (i > 0 && context->loops[i - 1].group != marker->group) {
        i--;
    }
    if (i == 0) {
        context_problem(PROBLEM_TURN, marker->address);
    } else {
        count(&context->loops[i - 1]);
    }
}

/* Whoever limits the path, in whichever of the calls that are under way. */
static void pass_path(struct context *context, const struct group *group) {
    for (uint32_t i = 0; i < context->loop_count; i++) {
        if (context->loops[i].group == group) {
            count(&context->loops[i]);
        }
    }
}

static void pass_limit(struct context *context, struct group *group) {
    struct loop *limit = find(context, group);
    if (limit == NULL) {
        limit = add(context, group);
    } else if (limit->passed) {
        limit->turns = 0;
    }
    limit->passed = true;
    group->starts[clock_phase]++;
}

void loops_begin_limits(struct context *context, const struct function *function) {
    for (const struct marker *marker = function->limits; marker != NULL;
         marker = marker->next_limit) {
        if (find(context, marker->group) == NULL) {
            add(context, marker->group);
        }
    }
}

void loops_pass(struct context *context, const struct marker *marker) {
    switch (marker->kind) {
    case MARKER_LOOP:
        pass_loop(context, marker->group);
        break;
    case MARKER_TURN:
        pass_turn(context, marker);
        break;
    case MARKER_PATH:
        pass_path(context, marker->group);
        break;
    case MARKER_LIMIT:
        pass_limit(context, marker->group);
        break;
    case MARKER_MASKS:
    case MARKER_LEFT_OUT:
        break; /* of masks.h and flow.h */
    }
}
