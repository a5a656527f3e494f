/* SPDX-License-Identifier: MIT */
/* An atomic addition that is a loop: the exclusive store may fail any number of times. */
/* expect: exclusive */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    return __atomic_fetch_add((uint64_t *)argument, 1, __ATOMIC_SEQ_CST);
}
