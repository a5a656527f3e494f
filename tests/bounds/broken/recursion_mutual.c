/* SPDX-License-Identifier: MIT */
/* Two functions call each other. */
/* expect: recursion */
#include "tests/bounds/case.h"

static NOINLINE uint64_t even(uint64_t argument);

static NOINLINE uint64_t odd(uint64_t argument) {
    return argument == 0 ? 0 : even(argument - 1) * 3 + 1;
}

static NOINLINE uint64_t even(uint64_t argument) {
    return argument == 0 ? 1 : odd(argument - 1) * 5 + 1;
}

uint64_t broken(uint64_t argument) {
    return even(argument) + 1;
}
