/* SPDX-License-Identifier: MIT */
/*
 * Where the interrupt comes at each position of the undisturbed operation, and that no position was
 * left out: from one to the next exactly one instruction was executed, or a stretch in which
 * interrupts are masked.
 */
#ifndef TESTS_SWEEP_TRACE_H
#define TESTS_SWEEP_TRACE_H

#include "tests/sweep/sweep.h"

#define TRACE_MAX   16384
/* Of the report on a fault so many positions are taken: how long it is depends on what the
 * registers hold, which it prints. */
#define TRACE_FAULT 200

struct trace {
    uint64_t length;   /* positions, until everybody is at rest */
    uint64_t distinct; /* of the instructions interrupted */
    struct {
        uint64_t pc;
        uint8_t role;
        bool boundary; /* nobody is within an operation: another thread's turn begins */
    } at[TRACE_MAX];
};
extern struct trace trace;

/* Places an action that does nothing at each position. NULL, or what is wrong. */
const char *trace_take(const struct op *op);

/* Whether the placement just made interrupted where the trace says. */
bool trace_agrees(uint64_t at);

#endif
