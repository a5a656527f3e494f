/* SPDX-License-Identifier: MIT */
/* Every path restores before it returns. */
#include "tests/bounds/case.h"

static ALWAYS_INLINE uint64_t save(void) {
    uint64_t daif;
    __asm__ volatile("mrs %0, daif\n\tmsr daifset, #2" : "=r"(daif)::"memory");
    return daif;
}

static ALWAYS_INLINE void restore(uint64_t daif) {
    __asm__ volatile("msr daif, %0" ::"r"(daif) : "memory");
}

static volatile uint64_t word;

uint64_t legal(uint64_t argument) {
    uint64_t daif = save();
    if (argument == 0) {
        restore(daif);
        return 1;
    }
    word += argument;
    restore(daif);
    return 0;
}
