/* SPDX-License-Identifier: MIT */
/* An exception return to the next instruction: the way goes on, though it looks like an end. */
/* expect: escape */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    uint64_t scratch;
    __asm__ volatile("adr %0, 1f\n\tmsr elr_el1, %0\n\tmov %0, #0x3c5\n\tmsr spsr_el1, %0\n\t"
                     "eret\n1:"
                     : "=r"(scratch)::"memory");
    volatile uint64_t *word = (volatile uint64_t *)argument;
    *word += 1;
    return *word;
}
