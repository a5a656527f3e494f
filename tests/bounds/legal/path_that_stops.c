/* SPDX-License-Identifier: MIT */
/* One path ends in a trap, one in a function that never comes back: neither is taken. */
#include "tests/bounds/case.h"

static volatile uint64_t word;

static NOINLINE NORETURN void stop(void) {
    for (;;) {
        __asm__ volatile("wfi");
    }
}

uint64_t legal(uint64_t argument) {
    if (argument > 100) {
        __builtin_trap();
    }
    word = argument;
    if (word > 200) {
        stop();
    }
    return word;
}
