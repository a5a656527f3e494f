/* SPDX-License-Identifier: MIT */
/* A way that is said to be in no bound: what waits behind it has none, and need not. */
#include "tests/bounds/case.h"

static volatile uint64_t words[2];

uint64_t legal(uint64_t argument) {
    words[0] = argument;
    if (argument > 100) {
        BOUND_LEFT_OUT(poll);
        while (words[1] == 0) {
        }
    }
    return words[0] + words[1];
}
