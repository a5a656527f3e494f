/* SPDX-License-Identifier: MIT */
/* A class whose member is no function. */
/* expect: indirect */
#include "tests/bounds/case.h"

extern uint64_t variable;
uint64_t variable = 5;
BOUND_CALLEE(members, variable);

static uint64_t (*volatile function)(uint64_t);

uint64_t broken(uint64_t argument) {
    uint64_t (*callee)(uint64_t) = function;
    return BOUND_CALLED(members, callee)(argument + variable) + 1;
}
