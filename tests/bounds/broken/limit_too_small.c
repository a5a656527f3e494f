/* SPDX-License-Identifier: MIT */
/* What is said cannot be: a path that every call takes, and a limit of none. */
/* expect: marker */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    BOUND_LIMIT(always, 0);
    BOUND_PATH(always);
    return argument + 1;
}
