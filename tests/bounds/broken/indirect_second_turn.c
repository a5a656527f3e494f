/* SPDX-License-Identifier: MIT */
/* The class is told before the loop: for the first call only. */
/* expect: indirect */
#include "tests/bounds/case.h"

uint64_t member(uint64_t argument);

uint64_t member(uint64_t argument) {
    return argument + 1;
}
BOUND_CALLEE(members, member);

static uint64_t (*volatile function)(uint64_t) = member;

uint64_t broken(uint64_t argument) {
    uint64_t (*callee)(uint64_t) = BOUND_CALLED(members, function);
    BOUND_LOOP(calls, 4);
    for (unsigned i = 0; i < 4; i++) {
        BOUND_TURN(calls);
        argument = callee(argument);
    }
    return argument;
}
