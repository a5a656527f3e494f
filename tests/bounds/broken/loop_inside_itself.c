/* SPDX-License-Identifier: MIT */
/* The marker that announces the loop stands in the loop: each turn allows itself another one. */
/* expect: loop */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    const volatile uint64_t *rows = (const uint64_t *)argument;
    uint64_t sum = 0;
    while (*rows != 0) {
        BOUND_LOOP(rows, 4);
        BOUND_TURN(rows);
        sum += *rows++;
    }
    return sum;
}
