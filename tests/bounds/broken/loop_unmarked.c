/* SPDX-License-Identifier: MIT */
/* A loop without markers. */
/* expect: loop */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    uint64_t sum = 0;
    for (const volatile uint8_t *text = (const uint8_t *)argument; *text != 0; text++) {
        sum += *text;
    }
    return sum;
}
