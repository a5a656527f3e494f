/* SPDX-License-Identifier: MIT */
/* The mask of the interrupt controller is raised, and one path does not open it again. */
/* expect: masked or priority */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    volatile uint32_t *mask = (volatile uint32_t *)argument;
    BOUND_MASKS(1);
    mask[0] = 0x80;
    if (mask[1] != 0) {
        return 1;
    }
    BOUND_MASKS(0);
    mask[0] = 0xff;
    return 0;
}
