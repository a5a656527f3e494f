/* SPDX-License-Identifier: MIT */
/* One loop of the source stands twice in one function, once in another loop. */
#include "tests/bounds/case.h"

static volatile uint64_t words[64];

static ALWAYS_INLINE uint64_t sum(uint64_t count) {
    uint64_t result = 0;
    BOUND_LOOP(sum, 16);
    for (uint64_t i = 0; i < count; i++) {
        BOUND_TURN(sum);
        result += words[i];
    }
    return result;
}

uint64_t legal(uint64_t argument) {
    uint64_t result = sum(argument & 15);
    BOUND_LOOP(repeat, 3);
    for (uint64_t i = 0; i < (argument >> 4); i++) {
        BOUND_TURN(repeat);
        result ^= sum(argument & 15);
        words[0] = result;
    }
    return result;
}
