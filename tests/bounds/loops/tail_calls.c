/* SPDX-License-Identifier: MIT */
/* Loops that end in calls of other functions, which are branches then. */
#include "tests/bounds/loops/loops.h"

static NOINLINE uint64_t sum_even(const uint64_t *words, unsigned count) {
    uint64_t sum = 0;
    BOUND_LOOP(even, 10);
    for (unsigned i = 0; i < count; i++) {
        BOUND_TURN(even);
        sum += words[i] * 2;
    }
    return sum;
}

static NOINLINE uint64_t sum_odd(const uint64_t *words, unsigned count) {
    uint64_t sum = 0;
    BOUND_LOOP(odd, 10);
    for (unsigned i = 0; i < count; i++) {
        BOUND_TURN(odd);
        sum += words[i] / 3;
        sum ^= sum << 1;
    }
    return sum;
}

static NOINLINE uint64_t tail_calls(const uint64_t *words, unsigned count) {
    unsigned odd = 0;
    BOUND_LOOP(look, 10);
    for (unsigned i = 0; i < count; i++) {
        BOUND_TURN(look);
        odd += words[i] & 1;
        if (odd > 5) {
            return sum_odd(words, count);
        }
    }
    if (odd != 0) {
        return sum_odd(words, count);
    }
    return sum_even(words, count);
}

void tail_calls_inputs(void) {
    static uint64_t words[10];
    OBSERVE(tail_calls, words, 10, 0, 0);
    words[9] = 1;
    OBSERVE(tail_calls, words, 10, 0, 0);
    for (unsigned i = 4; i < 9; i++) {
        words[i] = 1;
    }
    OBSERVE(tail_calls, words, 10, 0, 0);
}
