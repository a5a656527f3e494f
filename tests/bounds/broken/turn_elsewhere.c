/* SPDX-License-Identifier: MIT */
/* The turn is counted in one function, the loop announced in another. */
/* expect: outlined */
#include "tests/bounds/case.h"

static NOINLINE uint64_t sum_of(const volatile uint64_t *words) {
    enum { bound_number_words = 8 };
    uint64_t sum = 0;
    while (*words != 0) {
        BOUND_TURN(words);
        sum += *words++;
    }
    return sum;
}

uint64_t broken(uint64_t argument) {
    BOUND_LOOP(words, 8);
    return sum_of((const uint64_t *)argument) + 1;
}
