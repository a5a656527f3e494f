/* SPDX-License-Identifier: MIT */
/* All actions at all positions of an operation, or a sample of both. */
#ifndef TESTS_SWEEP_SWEEPING_H
#define TESTS_SWEEP_SWEEPING_H

#include "tests/sweep/sweep.h"

struct plan {
    const char *action; /* NULL: all */
    const char *mode;   /* NULL: all that the operation has */
    bool is_long;       /* every position, and pairs */
    bool is_single;     /* one placement, at `at` */
    uint64_t at;
    const struct action *second; /* of the one placement; NULL: no second interrupt */
    uint64_t second_at;
};

/* Sweeps one operation and reports one result for it. */
void sweep_op(const struct op *op, const struct plan *plan);

/* Two interrupts at a time, for the operations that wait or have a deadline. */
bool sweep_pairs(const struct op *op, const struct plan *plan);

/* NULL: there is none. */
const struct action *action_named(const char *name);

#endif
