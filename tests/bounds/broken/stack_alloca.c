/* SPDX-License-Identifier: MIT */
/* Room on the stack, as much as the argument says. */
/* expect: stack */
#include "tests/bounds/case.h"

uint64_t broken(uint64_t argument) {
    volatile uint8_t *bytes = __builtin_alloca(argument + 1);
    bytes[argument] = 5;
    bytes[argument / 2] = 7;
    return bytes[argument];
}
