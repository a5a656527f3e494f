/* SPDX-License-Identifier: MIT */
/* A call through a pointer that nothing is said about. */
/* expect: indirect */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    return ((uint64_t(*)(uint64_t))argument)(1) + 1;
}
