/* SPDX-License-Identifier: MIT */
/* One path returns with interrupts masked. */
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
    volatile uint64_t *word = (volatile uint64_t *)argument;
    uint64_t daif = save();
    if (*word == 0) {
        return 1;
    }
    *word -= 1;
    restore(daif);
    return 0;
}
