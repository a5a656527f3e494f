/* SPDX-License-Identifier: MIT */
/* Masked for each of 8 words and unmasked between them, with an early end. */
#include "tests/bounds/loops/loops.h"

static ALWAYS_INLINE uint64_t save(void) {
    uint64_t daif;
    __asm__ volatile("mrs %0, daif\n\tmsr daifset, #2" : "=r"(daif)::"memory");
    return daif;
}

static ALWAYS_INLINE void restore(uint64_t daif) {
    __asm__ volatile("msr daif, %0" ::"r"(daif) : "memory");
}

static NOINLINE unsigned masked_transfer(volatile uint64_t *to, const volatile uint64_t *from) {
    unsigned moved = 0;
    BOUND_LOOP(words, 8);
    for (unsigned i = 0; i < 8; i++) {
        uint64_t daif = save();
        BOUND_TURN(words);
        uint64_t word = from[i];
        if (word == 0) {
            restore(daif);
            break;
        }
        to[i] = word;
        moved++;
        restore(daif);
    }
    return moved;
}

void masked_transfer_inputs(void) {
    static volatile uint64_t to[8], from[8];
    for (unsigned i = 0; i <= 8; i++) {
        must(OBSERVE(masked_transfer, to, from, 0, 0) == i, "masked_transfer");
        if (i < 8) {
            from[i] = 1;
        }
    }
}
