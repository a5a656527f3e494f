/* SPDX-License-Identifier: MIT */
/* A division that the compiler leaves to its library, whose code has no loop. */
/* link: libgcc */
/* loose: only some ways through the division are met */
#include "tests/bounds/case.h"

uint64_t legal(uint64_t argument) {
    __uint128_t number = (__uint128_t)(argument * UINT64_C(0x123456789abcdef)) << 64 | ~argument;
    __uint128_t by = (__uint128_t)(argument >> 3) << (argument & 31) << 32 | (argument + 1);
    return (uint64_t)(number / by);
}
