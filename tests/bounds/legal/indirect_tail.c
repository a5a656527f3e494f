/* SPDX-License-Identifier: MIT */
/* The last call through a pointer is a branch, and its class is told. */
#include "tests/bounds/case.h"

static volatile uint64_t words[4];

uint64_t small(uint64_t argument);
uint64_t large(uint64_t argument);

NOINLINE uint64_t small(uint64_t argument) {
    return argument + 1;
}

NOINLINE uint64_t large(uint64_t argument) {
    words[0] += argument;
    words[1] ^= words[0];
    words[2] -= words[1];
    words[3] |= words[2];
    return words[3];
}
BOUND_CALLEE(members, small);
BOUND_CALLEE(members, large);

static uint64_t (*volatile functions[2])(uint64_t) = {small, large};

uint64_t legal(uint64_t argument) {
    uint64_t (*function)(uint64_t) = functions[argument & 1];
    return BOUND_CALLED(members, function)(argument);
}
