/* SPDX-License-Identifier: MIT */
/* The last call through a pointer: a branch, not a call. */
/* expect: indirect or jump */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    return ((uint64_t(*)(uint64_t))argument)(1);
}
