/* SPDX-License-Identifier: MIT */
/* An array of known length on the stack. */
#include "tests/bounds/case.h"

uint64_t legal(uint64_t argument) {
    volatile uint64_t words[32];
    words[argument & 31] = argument;
    return words[argument & 31];
}
