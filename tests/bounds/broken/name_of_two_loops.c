/* SPDX-License-Identifier: MIT */
/* Two loops of the file have the same name. */
/* expect: marker */
#include "tests/bounds/case.h"

static NOINLINE uint64_t first(const volatile uint64_t *words) {
    uint64_t sum = 0;
    BOUND_LOOP(words, 8);
    while (*words != 0) {
        BOUND_TURN(words);
        sum += *words++;
    }
    return sum;
}

uint64_t broken(uint64_t argument) {
    const volatile uint64_t *words = (const uint64_t *)argument;
    uint64_t sum = first(words);
    BOUND_LOOP(words, 8);
    while (*words != 0) {
        BOUND_TURN(words);
        sum ^= *words++;
    }
    return sum;
}
