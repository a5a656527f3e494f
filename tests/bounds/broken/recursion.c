/* SPDX-License-Identifier: MIT */
/* A function calls itself. */
/* expect: recursion */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    return argument < 2 ? 1 : broken(argument - 1) * argument + broken(argument - 2);
}
