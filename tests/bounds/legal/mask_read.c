/* SPDX-License-Identifier: MIT */
/* Looks whether interrupts are masked, and changes nothing. */
#include "tests/bounds/case.h"

uint64_t legal(uint64_t argument) {
    uint64_t daif;
    __asm__ volatile("mrs %0, daif" : "=r"(daif));
    return (daif & 0x80) != 0 ? argument : 0;
}
