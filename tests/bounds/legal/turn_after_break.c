/* SPDX-License-Identifier: MIT */
/* The loop may end before its turn is counted: the last, unfinished turn is none. */
#include "tests/bounds/case.h"

uint64_t legal(uint64_t argument) {
    static volatile uint64_t words[64];
    uint64_t i = 0;
    BOUND_LOOP(words, 63);
    for (;;) {
        if (i == argument) {
            break;
        }
        BOUND_TURN(words);
        words[i++] += 3;
    }
    return i;
}
