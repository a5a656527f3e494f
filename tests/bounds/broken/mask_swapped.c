/* SPDX-License-Identifier: MIT */
/* Two masks restored in the order they were saved: the first opens too early, the second closes for good. */
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
    uint64_t outer = save();
    word[0] += 1;
    uint64_t inner = save();
    word[1] += 1;
    restore(outer);
    word[2] += 1;
    restore(inner);
    return 0;
}
