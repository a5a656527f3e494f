/* SPDX-License-Identifier: MIT */
/* One loop of the file, copied by a macro with another number each time. */
/* expect: marker */
#include "tests/bounds/case.h"

#define SUM(name, number)                                                                          \
    static NOINLINE uint64_t name(const volatile uint64_t *words) {                                \
        uint64_t sum = 0;                                                                          \
        BOUND_LOOP(words, number);                                                                 \
        while (*words != 0) {                                                                      \
            BOUND_TURN(words);                                                                     \
            sum += *words++;                                                                       \
        }                                                                                          \
        return sum;                                                                                \
    }

#define BOTH SUM(small, 2) SUM(large, 200)
BOTH

    uint64_t
    broken(uint64_t argument) {
    const uint64_t *words = (const uint64_t *)argument;
    return small(words) + large(words + 8);
}
