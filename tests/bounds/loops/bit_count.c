/* SPDX-License-Identifier: MIT */
/* Takes the lowest bit away until none is left. */
#include "tests/bounds/loops/loops.h"

static NOINLINE unsigned bit_count(uint64_t word) {
    unsigned count = 0;
    BOUND_LOOP(bits, 64);
    while (word != 0) {
        BOUND_TURN(bits);
        word &= word - 1;
        count++;
    }
    return count;
}

void bit_count_inputs(void) {
    must(OBSERVE(bit_count, UINT64_MAX, 0, 0, 0) == 64, "bit_count");
    must(OBSERVE(bit_count, 0x5500, 0, 0, 0) == 4, "bit_count");
}
