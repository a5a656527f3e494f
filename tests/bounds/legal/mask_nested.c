/* SPDX-License-Identifier: MIT */
/* Masked twice, restored in the opposite order. */
#include "tests/bounds/case.h"

static ALWAYS_INLINE uint64_t save(void) {
    uint64_t daif;
    __asm__ volatile("mrs %0, daif\n\tmsr daifset, #2" : "=r"(daif)::"memory");
    return daif;
}

static ALWAYS_INLINE void restore(uint64_t daif) {
    __asm__ volatile("msr daif, %0" ::"r"(daif) : "memory");
}

uint64_t legal(uint64_t argument) {
    static volatile uint64_t words[2];
    uint64_t outer = save();
    words[0] += argument;
    uint64_t inner = save();
    words[1] += argument;
    restore(inner);
    words[0] ^= words[1];
    restore(outer);
    return 0;
}
