/* SPDX-License-Identifier: MIT */
/* Saved in each turn of a loop, restored once after it. */
/* expect: masked */
#include "tests/bounds/case.h"

static ALWAYS_INLINE uint64_t save(void) {
    uint64_t daif;
    __asm__ volatile("mrs %0, daif\n\tmsr daifset, #2" : "=r"(daif)::"memory");
    return daif;
}

static ALWAYS_INLINE void restore(uint64_t daif) {
    __asm__ volatile("msr daif, %0" ::"r"(daif) : "memory");
}

uint64_t broken(uint64_t argument) {
    volatile uint64_t *words = (volatile uint64_t *)argument;
    uint64_t daif = 0;
    BOUND_LOOP(words, 8);
    while (*words != 0) {
        BOUND_TURN(words);
        daif = save();
        *words++ = 0;
    }
    restore(daif);
    return 0;
}
