/* SPDX-License-Identifier: MIT */
/* Functions that call each other downwards only. */
#include "tests/bounds/case.h"

static volatile uint64_t word;

static NOINLINE uint64_t third(uint64_t argument) {
    word += argument;
    return word * 3;
}

static NOINLINE uint64_t second(uint64_t argument) {
    return third(argument) + third(argument + 1);
}

static NOINLINE uint64_t first(uint64_t argument) {
    return argument > 5 ? second(argument) + second(argument + 1) : third(argument);
}

uint64_t legal(uint64_t argument) {
    return first(argument) + second(argument) + third(argument);
}
