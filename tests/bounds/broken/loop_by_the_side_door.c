/* SPDX-License-Identifier: MIT */
/* A way into the loop passes by the marker that announces it: no turns at all were allowed there. */
/* expect: marker or irreducible or outlined or loop */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    volatile uint64_t *words = (volatile uint64_t *)argument;
    if (*words == 0) {
        goto inside;
    }
    BOUND_LOOP(words, 8);
    do {
    inside:
        BOUND_TURN(words);
        *words += 3;
    } while (*words++ != 0);
    return 0;
}
