/* SPDX-License-Identifier: MIT */
/* Numbers whose product is beyond what a solver calls infinite. */
/* loose: the numbers are far above what is run */
#include "tests/bounds/case.h"

uint64_t legal(uint64_t argument) {
    static volatile uint64_t word;
    BOUND_LOOP(planes, 50000);
    for (uint64_t i = 0; i < argument; i++) {
        BOUND_TURN(planes);
        BOUND_LOOP(rows, 50000);
        for (uint64_t j = 0; j < word; j++) {
            BOUND_TURN(rows);
            BOUND_LOOP(columns, 50000);
            for (uint64_t k = 0; k < word; k++) {
                BOUND_TURN(columns);
                word = k;
            }
        }
    }
    return 0;
}
