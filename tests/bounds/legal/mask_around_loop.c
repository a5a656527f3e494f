/* SPDX-License-Identifier: MIT */
/* Masked around a loop with a bound, and around a call that masks again. */
#include "tests/bounds/case.h"

static ALWAYS_INLINE uint64_t save(void) {
    uint64_t daif;
    __asm__ volatile("mrs %0, daif\n\tmsr daifset, #2" : "=r"(daif)::"memory");
    return daif;
}

static ALWAYS_INLINE void restore(uint64_t daif) {
    __asm__ volatile("msr daif, %0" ::"r"(daif) : "memory");
}

static volatile uint64_t words[64];

static NOINLINE void clear(uint64_t i) {
    uint64_t daif = save();
    words[i] = 0;
    restore(daif);
}

uint64_t legal(uint64_t argument) {
    uint64_t daif = save();
    BOUND_LOOP(words, 63);
    for (uint64_t i = 0; i < argument; i++) {
        BOUND_TURN(words);
        clear(i);
    }
    restore(daif);
    return 0;
}
