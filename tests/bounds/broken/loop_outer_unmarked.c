/* SPDX-License-Identifier: MIT */
/* Only the inner of two loops has markers. */
/* expect: loop */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    const volatile uint64_t *rows = (const uint64_t *)argument;
    uint64_t sum = 0;
    while (*rows != 0) {
        uint64_t bits = *rows++ & 15;
        BOUND_LOOP(bits, 4);
        for (; bits != 0; bits >>= 1) {
            BOUND_TURN(bits);
            sum += bits & 1;
        }
    }
    return sum;
}
