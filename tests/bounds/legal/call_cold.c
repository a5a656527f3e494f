/* SPDX-License-Identifier: MIT */
/* The rare path is moved away from the function by the compiler. */
#include "tests/bounds/case.h"

static volatile uint64_t words[4];

__attribute__((cold)) static NOINLINE void complain(uint64_t argument) {
    words[0] += argument;
    words[1] += words[0];
    words[2] += words[1];
}

uint64_t legal(uint64_t argument) {
    uint64_t sum = 0;
    BOUND_LOOP(words, 8);
    for (uint64_t i = 0; i < argument / 8 + 1; i++) {
        BOUND_TURN(words);
        if (UNLIKELY((words[3] + argument) % 8 == 7)) {
            complain(i);
            sum ^= words[2];
        }
        sum += words[0];
    }
    return sum;
}
