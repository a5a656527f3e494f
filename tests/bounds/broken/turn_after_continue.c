/* SPDX-License-Identifier: MIT */
/* A turn that ends early is not counted. */
/* expect: loop */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    const volatile uint64_t *words = (const uint64_t *)argument;
    uint64_t sum = 0;
    BOUND_LOOP(words, 8);
    for (uint64_t word; (word = *words++) != 0;) {
        if ((word & 1) != 0) {
            continue;
        }
        BOUND_TURN(words);
        sum += word;
    }
    return sum;
}
