/* SPDX-License-Identifier: MIT */
/* What is said cannot be: two turns on every path, where one is allowed. */
/* expect: marker */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    volatile uint64_t *words = (volatile uint64_t *)argument;
    BOUND_LOOP(words, 1);
    BOUND_TURN(words);
    words[0] = 0;
    BOUND_TURN(words);
    words[1] = 0;
    return 0;
}
