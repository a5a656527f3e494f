/* SPDX-License-Identifier: MIT */
/* Follows the first CPU from one piece of straight execution to the next: who runs, and which
 * calls, doors and edges that makes. */
#ifndef TOOLS_OBSERVE_FLOW_H
#define TOOLS_OBSERVE_FLOW_H

#include <stddef.h>

#include "tools/observe/context.h"

/* Doors by their reason: an SVC's number, or one of these. From user mode: a call or a fault, and an
 * interrupt. */
enum { DOOR_IRQ = SVCS_MAX, DOOR_FAULT, DOOR_OTHER, DOOR_USER, DOOR_USER_IRQ, DOORS };

extern struct window flow_doors[DOORS][PHASES];

/* Whoever runs. */
extern struct context *flow_running;

/* From a fault in the kernel, or not: then it panics. */
extern bool flow_recovers;

/* Where a piece begins at pc; `vector`: its slot, or -1. */
struct place flow_place(uint64_t pc, int vector);

/* `last` was executed (NULL: nothing since the last step); `next` will be. Out of the way of those steps
 * for which flow_steps_within() is enough. */
__attribute__((noinline)) void flow_step(struct leave *last, const struct place *next);

/* Nearly all steps: straight on, or by a branch that was taken like that before, within a function. Whether
 * that was all of flow_step(). */
static inline bool flow_steps_within(struct leave *last, const struct place *next) {
    if (last == NULL || !next->is_inner || flow_recovers) {
        return false;
    }
    if (last->kind != WORD_PLAIN && last->kind != WORD_BRANCH) {
        return false;
    }
    if (next->pc != last->pc + 4) {
        if (last->kind == WORD_PLAIN || last->edge == NULL || last->edge->to != next->pc ||
            next->within != last->function) {
            return false;
        }
        last->edge->count++;
    }
    flow_running->last = NULL;
    flow_running->served = false;
    return true;
}

/* A function begins here, after the instruction before it. */
void flow_falls_into(struct function *function);

/* BOUND_LEFT_OUT was come by: what is under way is not to be held against a bound. */
void flow_leave_out(void);

/* The vector stores into, and frame_resume loads from, the frame at this address. */
void flow_frame_stored(uint64_t frame);
void flow_frame_loaded(uint64_t frame);

#endif
