/* SPDX-License-Identifier: MIT */
/* Codes runs of bytes: the inner loop eats what the outer one need not. */
#include "tests/bounds/loops/loops.h"

#define BYTES 32

static NOINLINE unsigned run_length(const uint8_t *bytes, unsigned count, uint8_t *output) {
    unsigned at = 0, length = 0;
    BOUND_LIMIT(bytes, BYTES);
    BOUND_LOOP(runs, BYTES);
    while (at < count) {
        BOUND_TURN(runs);
        uint8_t byte = bytes[at];
        unsigned run = 0;
        BOUND_LOOP(run, BYTES);
        do {
            BOUND_TURN(run);
            BOUND_PATH(bytes);
            run++;
            at++;
        } while (at < count && bytes[at] == byte);
        output[length++] = (uint8_t)run;
        output[length++] = byte;
    }
    return length;
}

void run_length_inputs(void) {
    uint8_t bytes[BYTES] = {0}, output[2 * BYTES];
    must(OBSERVE(run_length, bytes, BYTES, output, 0) == 2 && output[0] == BYTES, "run_length");
    for (unsigned i = 0; i < BYTES; i++) {
        bytes[i] = (uint8_t)i;
    }
    must(OBSERVE(run_length, bytes, BYTES, output, 0) == 2 * BYTES, "run_length");
}
