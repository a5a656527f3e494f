/* SPDX-License-Identifier: MIT */
/* Both loops of a nest have markers. */
#include "tests/bounds/case.h"

uint64_t legal(uint64_t argument) {
    static volatile uint64_t words[8];
    BOUND_LOOP(rows, 7);
    for (uint64_t i = 0; i < argument / 8; i++) {
        BOUND_TURN(rows);
        BOUND_LOOP(columns, 7);
        for (uint64_t j = 0; j < argument % 8; j++) {
            BOUND_TURN(columns);
            words[i] += j;
        }
    }
    return 0;
}
