/* SPDX-License-Identifier: MIT */
/* The inner loop is one turn shorter each time; a limit tells the sum. */
#include "tests/bounds/case.h"

uint64_t legal(uint64_t argument) {
    static volatile uint64_t words[16];
    BOUND_LIMIT(pairs, 105);
    BOUND_LOOP(rows, 15);
    for (uint64_t i = 0; i < argument / 4; i++) {
        BOUND_TURN(rows);
        BOUND_LOOP(columns, 14);
        for (uint64_t j = 0; j < i; j++) {
            BOUND_TURN(columns);
            BOUND_PATH(pairs);
            words[j] += words[i];
        }
    }
    return 0;
}
