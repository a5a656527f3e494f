/* SPDX-License-Identifier: MIT */
/* The inner loop is unrolled away: its marker stands in the outer loop, several times. */
#include "tests/bounds/loops/loops.h"

static NOINLINE uint32_t unrolled_inside(const uint8_t *bytes, unsigned rows) {
    uint32_t sum = 0;
    BOUND_LOOP(rows, 16);
    for (unsigned row = 0; row < rows; row++) {
        BOUND_TURN(rows);
        BOUND_LOOP(columns, 4);
        for (unsigned column = 0; column < 4; column++) {
            BOUND_TURN(columns);
            if ((bytes[row * 4 + column] & 1) != 0) {
                sum = sum * 31 + bytes[row * 4 + column];
            }
        }
    }
    return sum;
}

void unrolled_inside_inputs(void) {
    static uint8_t bytes[64];
    OBSERVE(unrolled_inside, bytes, 16, 0, 0);
    for (unsigned i = 0; i < 64; i++) {
        bytes[i] = 1;
    }
    OBSERVE(unrolled_inside, bytes, 16, 0, 0);
}
