/* SPDX-License-Identifier: MIT */
/* Unrolled by a pragma: the body stands there several times, its marker too. */
#include "tests/bounds/loops/loops.h"

static NOINLINE uint64_t unrolled_by_hand(const uint32_t *words, unsigned count) {
    uint64_t sum = 0;
    BOUND_LOOP(words, 30);
#pragma GCC unroll 4
    for (unsigned i = 0; i < count; i++) {
        BOUND_TURN(words);
        if ((words[i] & 1) != 0) {
            sum += words[i];
        }
    }
    return sum;
}

void unrolled_by_hand_inputs(void) {
    static uint32_t words[30];
    for (unsigned i = 0; i < 30; i++) {
        words[i] = 2 * i + 1;
    }
    for (unsigned count = 0; count <= 30; count++) {
        must(OBSERVE(unrolled_by_hand, words, count, 0, 0) == (uint64_t)count * count,
             "unrolled_by_hand");
    }
}
