/* SPDX-License-Identifier: MIT */
/* Runs all programs of the collection, each with its own inputs. */
#include "tests/bounds/loops/loops.h"

void program_run(void) {
#define PROGRAM(name) name##_inputs();
#include "tests/bounds/loops/programs.h"
#undef PROGRAM
}
