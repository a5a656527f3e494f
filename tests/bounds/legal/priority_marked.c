/* SPDX-License-Identifier: MIT */
/* The mask of the interrupt controller is raised and opened, and said so. */
#include "tests/bounds/case.h"

static volatile uint32_t mask;
static volatile uint64_t word;

uint64_t legal(uint64_t argument) {
    BOUND_MASKS(1);
    mask = 0x80;
    word += argument;
    BOUND_MASKS(0);
    mask = 0xff;
    return 0;
}
