/* SPDX-License-Identifier: MIT */
/* A condition that no turn changes: the compiler may make two loops of the one, each with the marker. */
#include "tests/bounds/loops/loops.h"

static NOINLINE uint32_t unswitched(const uint32_t *words, unsigned count, bool weighted) {
    uint32_t sum = 0;
    BOUND_LOOP(words, 25);
    for (unsigned i = 0; i < count; i++) {
        BOUND_TURN(words);
        if (weighted) {
            sum += words[i] * (i + 1) / 3;
        } else {
            sum ^= words[i];
        }
    }
    return sum;
}

void unswitched_inputs(void) {
    static uint32_t words[25];
    for (unsigned i = 0; i < 25; i++) {
        words[i] = i;
    }
    OBSERVE(unswitched, words, 25, false, 0);
    OBSERVE(unswitched, words, 25, true, 0);
}
