/* SPDX-License-Identifier: MIT */
/* A loop whose markers stand as they should. */
#include "tests/bounds/case.h"

uint64_t legal(uint64_t argument) {
    static volatile uint64_t words[64];
    BOUND_LOOP(words, 63);
    for (uint64_t i = 0; i < argument; i++) {
        BOUND_TURN(words);
        words[i] += i;
    }
    return argument;
}
