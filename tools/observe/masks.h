/* SPDX-License-Identifier: MIT */
/*
 * Stretches with interrupts masked. One begins after the instruction that masks, or with the first
 * of a vector, and ends with the instruction that unmasks, which is counted. `at` is the number of
 * instructions before the one at `pc`.
 */
#ifndef TOOLS_OBSERVE_MASKS_H
#define TOOLS_OBSERVE_MASKS_H

#include "tools/observe/context.h"

struct stretch {
    uint64_t start;
    uint64_t end;
    enum phase phase;
    uint64_t count;
    uint64_t max;
    uint64_t left_out; /* came by BOUND_LEFT_OUT, and are not in the others */
    struct stretch *next;
};

/* mrs x, daif · msr daifset · msr daifclr · msr daif, x */
void masks_read(struct context *context, uint64_t pc);
void masks_set(struct context *context, uint64_t pc, uint64_t at);
void masks_clear(uint64_t pc, uint64_t at);
void masks_restore(struct context *context, uint64_t pc, uint64_t at);

/* BOUND_MASKS: the interrupt controller's mask is raised, or opened again. */
void masks_say(struct context *context, bool raised, uint64_t pc, uint64_t at);

/* BOUND_LEFT_OUT is come by. */
void masks_leave_out(void);

/* An exception masks; an eret, which has been executed, leads back to what was. */
void masks_enter_door(struct context *interrupted, uint64_t vector);
void masks_leave_door(const struct context *resumed, uint64_t eret);

/* Calls visit for every pair of start and end. */
void masks_each(void (*visit)(const struct stretch *stretch, void *data), void *data);

#endif
