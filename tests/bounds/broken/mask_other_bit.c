/* SPDX-License-Identifier: MIT */
/* Masks interrupts, and opens something else. */
/* expect: masked */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    volatile uint64_t *word = (volatile uint64_t *)argument;
    __asm__ volatile("msr daifset, #2" ::: "memory");
    *word += 1;
    __asm__ volatile("msr daifclr, #1" ::: "memory");
    return 0;
}
