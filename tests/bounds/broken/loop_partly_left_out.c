/* SPDX-License-Identifier: MIT */
/* A loop without markers, come to by two ways: only one of them is left out. */
/* expect: loop */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    const volatile uint64_t *words = (const uint64_t *)argument;
    if (words[1] == 5) {
        BOUND_LEFT_OUT(poll);
    }
    while (words[0] == 0) {
    }
    return words[2];
}
