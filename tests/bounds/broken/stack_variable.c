/* SPDX-License-Identifier: MIT */
/* An array whose length is known at run time. */
/* expect: stack */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    volatile uint8_t bytes[argument + 1];
    bytes[argument] = 5;
    bytes[argument / 2] = 7;
    return bytes[argument];
}
