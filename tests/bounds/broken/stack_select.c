/* SPDX-License-Identifier: MIT */
/* Selects the other stack pointer. */
/* expect: switch */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    __asm__ volatile("msr spsel, #0" ::: "memory");
    return argument;
}
