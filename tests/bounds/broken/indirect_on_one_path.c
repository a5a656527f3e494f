/* SPDX-License-Identifier: MIT */
/* On one of two paths to the call nothing is said about it. */
/* expect: indirect */
#include "tests/bounds/case.h"

uint64_t member(uint64_t argument);

uint64_t member(uint64_t argument) {
    return argument + 1;
}
BOUND_CALLEE(members, member);

static uint64_t (*volatile function)(uint64_t) = member;

uint64_t broken(uint64_t argument) {
    uint64_t (*callee)(uint64_t) = function;
    if (argument > 5) {
        callee = BOUND_CALLED(members, callee);
        argument += 3;
    }
    return callee(argument) + 1;
}
