/* SPDX-License-Identifier: MIT */
/* The limit is set on one path only; on the other the loop would be free. */
/* expect: marker */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    const volatile uint64_t *words = (const uint64_t *)argument;
    uint64_t sum = 0;
    if (*words == 5) {
        BOUND_LIMIT(odd, 2);
        return 1;
    }
    BOUND_LOOP(words, 8);
    while (*words != 0) {
        BOUND_TURN(words);
        uint64_t word = *words++;
        if ((word & 1) != 0) {
            BOUND_PATH(odd);
            sum += word * word;
        }
    }
    return sum;
}
