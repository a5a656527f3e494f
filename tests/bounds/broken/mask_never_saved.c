/* SPDX-License-Identifier: MIT */
/* Restores a mask that was never saved. */
/* expect: masked */
#include "tests/bounds/case.h"

static ALWAYS_INLINE void restore(uint64_t daif) {
    __asm__ volatile("msr daif, %0" ::"r"(daif) : "memory");
}

uint64_t broken(uint64_t argument) {
    restore(argument);
    return 0;
}
