/* SPDX-License-Identifier: MIT */
/* Two branches whose last statements, markers and calls are the same: the compiler may keep one copy. */
#include "tests/bounds/loops/loops.h"

static volatile uint64_t log_words[4];

static NOINLINE void log_pair(uint64_t a, uint64_t b) {
    log_words[0] = a;
    log_words[1] = b;
}

static ALWAYS_INLINE void log_all(uint64_t value, unsigned count) {
    BOUND_LOOP(log, 6);
    for (unsigned i = 0; i < count; i++) {
        BOUND_TURN(log);
        log_pair(value, i);
    }
}

static NOINLINE uint64_t merged_ends(uint64_t value, unsigned count) {
    if ((value & 1) != 0) {
        value = value * 3 + 1;
        value ^= value >> 7;
        log_all(value, count);
    } else {
        value /= 2;
        log_all(value, count);
    }
    return value;
}

void merged_ends_inputs(void) {
    for (unsigned count = 0; count <= 6; count++) {
        OBSERVE(merged_ends, 10, count, 0, 0);
        OBSERVE(merged_ends, 11, count, 0, 0);
    }
}
