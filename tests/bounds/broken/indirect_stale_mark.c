/* SPDX-License-Identifier: MIT */
/* The call that the mark was meant for has become a direct one; another, of which nothing is said, comes after it. */
/* expect: indirect */
#include "tests/bounds/case.h"

uint64_t member(uint64_t argument);

uint64_t member(uint64_t argument) {
    return argument + 1;
}
BOUND_CALLEE(members, member);

extern uint64_t (*volatile elsewhere)(uint64_t);
uint64_t (*volatile elsewhere)(uint64_t) = member;

uint64_t broken(uint64_t argument) {
    uint64_t (*known)(uint64_t) = member;
    uint64_t sum = BOUND_CALLED(members, known)(argument);
    return elsewhere(sum) + 1;
}
