/* SPDX-License-Identifier: MIT */
/* The loop is announced, but no turn is counted. */
/* expect: loop */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    uint64_t sum = 0;
    BOUND_LOOP(text, 8);
    for (const volatile uint8_t *text = (const uint8_t *)argument; *text != 0; text++) {
        sum += *text;
    }
    return sum;
}
