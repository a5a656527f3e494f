/* SPDX-License-Identifier: MIT */
/* Two loops left at once. */
#include "tests/bounds/case.h"

uint64_t legal(uint64_t argument) {
    static volatile uint64_t words[64];
    uint64_t at = 0;
    BOUND_LOOP(rows, 8);
    for (uint64_t i = 0; i < 8; i++) {
        BOUND_TURN(rows);
        BOUND_LOOP(columns, 8);
        for (uint64_t j = 0; j < 8; j++) {
            BOUND_TURN(columns);
            if (at == argument) {
                goto found;
            }
            at += 1 + words[at];
        }
    }
found:
    return at;
}
