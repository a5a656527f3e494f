/* SPDX-License-Identifier: MIT */
/* A class that has no members. */
/* expect: indirect */
#include "tests/bounds/case.h"

static uint64_t (*volatile function)(uint64_t);

uint64_t broken(uint64_t argument) {
    uint64_t (*callee)(uint64_t) = function;
    return BOUND_CALLED(nobody, callee)(argument) + 1;
}
