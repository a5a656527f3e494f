/* SPDX-License-Identifier: MIT */
/* A call of the debugger comes back: what stands behind it counts. */
#include "tests/bounds/case.h"

uint64_t legal(uint64_t argument) {
    static volatile uint64_t words[4];
    register uint64_t operation __asm__("x0") = 0x13; /* the last error's number */
    __asm__ volatile("hlt #0xf000" : "+r"(operation)::"memory");
    words[0] += argument;
    words[1] += words[0];
    words[2] += words[1];
    words[3] += words[2];
    return operation;
}
