/* SPDX-License-Identifier: MIT */
/* Masked around a loop that has no bound. */
/* expect: loop */
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
    uint64_t daif = save();
    while (*words != 0) {
        *words++ = 0;
    }
    restore(daif);
    return 0;
}
