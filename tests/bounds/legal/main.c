/* SPDX-License-Identifier: MIT */
/* Calls the legal case that it is linked with, with each argument that a case may expect. */
#include "tests/bounds/machine.h"

#define ARGUMENTS 64

uint64_t legal(uint64_t argument);

void program_run(void) {
    for (uint64_t argument = 0; argument < ARGUMENTS; argument++) {
        OBSERVE(legal, argument, 0, 0, 0);
    }
}
