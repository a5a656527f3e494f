/* SPDX-License-Identifier: MIT */
/* A function returns with interrupts masked, for its caller to restore. */
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

static NOINLINE uint64_t take(volatile uint64_t *word) {
    uint64_t daif = save();
    *word += 1;
    return daif;
}

uint64_t broken(uint64_t argument) {
    volatile uint64_t *word = (volatile uint64_t *)argument;
    uint64_t daif = take(word);
    *word *= 3;
    restore(daif);
    return 0;
}
