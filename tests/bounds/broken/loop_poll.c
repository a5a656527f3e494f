/* SPDX-License-Identifier: MIT */
/* Waits for a device: nobody knows how long. */
/* expect: loop */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    const volatile uint32_t *status = (const uint32_t *)argument;
    while ((*status & 1) == 0) {
    }
    return status[1];
}
