/* SPDX-License-Identifier: MIT */
/* A macro brings the markers of a loop, and is used inside itself: one name for the outer and the inner loop. */
/* expect: loop or marker */
/* flags: -Wno-shadow */
#include "tests/bounds/case.h"

#define EACH(variable, list)                                                                       \
    BOUND_LOOP(each, 8);                                                                           \
    for (const volatile uint64_t *variable = (list); *variable != 0; variable++)

uint64_t broken(uint64_t argument) {
    uint64_t sum = 0;
    EACH(outer, (const uint64_t *)argument) {
        BOUND_TURN(each);
        EACH(inner, (const uint64_t *)*outer) {
            BOUND_TURN(each);
            sum += *inner;
        }
    }
    return sum;
}
