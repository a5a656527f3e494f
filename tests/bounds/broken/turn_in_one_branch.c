/* SPDX-License-Identifier: MIT */
/* Turns are counted on one of two ways through the body. */
/* expect: loop */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    const volatile uint64_t *words = (const uint64_t *)argument;
    uint64_t sum = 0;
    BOUND_LOOP(words, 8);
    for (uint64_t word; (word = *words++) != 0;) {
        if ((word & 1) != 0) {
            BOUND_TURN(words);
            sum += word;
        } else {
            sum *= 3;
        }
    }
    return sum;
}
