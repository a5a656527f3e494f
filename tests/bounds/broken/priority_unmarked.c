/* SPDX-License-Identifier: MIT */
/* The mask of the interrupt controller is written, and nothing is said about it. */
/* expect: priority */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    __asm__ volatile("msr S3_0_C4_C6_0, %0" ::"r"(argument) : "memory");
    return 0;
}
