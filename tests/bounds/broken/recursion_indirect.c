/* SPDX-License-Identifier: MIT */
/* A function is a member of the class that it calls. */
/* expect: recursion */
#include "tests/bounds/case.h"

typedef uint64_t (*step_fn)(uint64_t);

BOUND_CALLEE(steps, broken);

static step_fn volatile next = broken;

uint64_t broken(uint64_t argument) {
    if (argument == 0) {
        return 1;
    }
    step_fn step = next;
    return BOUND_CALLED(steps, step)(argument - 1) + argument;
}
