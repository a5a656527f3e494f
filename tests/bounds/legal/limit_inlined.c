/* SPDX-License-Identifier: MIT */
/* A function with a limit, inlined twice, once in a loop: each call has the limit to itself. */
#include "tests/bounds/case.h"

static volatile uint64_t words[16];

static ALWAYS_INLINE void visit(uint64_t count, uint64_t often) {
    BOUND_LIMIT(often, 3);
    BOUND_LOOP(visit, 8);
    for (uint64_t i = 0; i < count; i++) {
        BOUND_TURN(visit);
        if (i < often) {
            BOUND_PATH(often);
            words[i] *= words[i + 1] * words[i + 2] * 7;
        }
    }
}

uint64_t legal(uint64_t argument) {
    uint64_t count = argument < 8 ? argument : 8;
    uint64_t often = argument & 3;
    visit(count, often);
    BOUND_LOOP(calls, 15);
    for (uint64_t i = 0; i < argument / 4; i++) {
        BOUND_TURN(calls);
        visit(count, often);
    }
    return 0;
}
