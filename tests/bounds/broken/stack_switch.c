/* SPDX-License-Identifier: MIT */
/* Goes over to another stack. */
/* expect: switch or stack */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    __asm__ volatile("mov sp, %0" ::"r"(argument) : "memory");
    return 0;
}
