/* SPDX-License-Identifier: MIT */
/* Two loops of one name one after the other under one condition, which the compiler may thread through. */
#include "tests/bounds/loops/loops.h"

static volatile uint64_t words[8];

static ALWAYS_INLINE uint64_t sweep(unsigned count, bool backwards) {
    uint64_t sum = 0;
    BOUND_LOOP(sweep, 8);
    for (unsigned i = 0; i < count; i++) {
        BOUND_TURN(sweep);
        sum = sum * 3 + words[backwards ? count - 1 - i : i];
    }
    return sum;
}

static NOINLINE uint64_t shared_turn(unsigned count, bool both, bool backwards) {
    uint64_t sum = 0;
    if (both) {
        sum = sweep(count, backwards);
    }
    if (both || backwards) {
        sum ^= sweep(count, !backwards);
    }
    return sum;
}

void shared_turn_inputs(void) {
    for (unsigned choice = 0; choice < 4; choice++) {
        OBSERVE(shared_turn, 8, choice & 1, choice >> 1, 0);
    }
}
