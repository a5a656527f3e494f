/* SPDX-License-Identifier: MIT */
/*
 * A program of this collection is NAME.c, with the function NAME that is measured, and NAME_inputs,
 * which calls it with what costs most, and sees that it did what it is for.
 */
#ifndef TESTS_BOUNDS_LOOPS_LOOPS_H
#define TESTS_BOUNDS_LOOPS_LOOPS_H

#include "tests/bounds/machine.h"

#define PROGRAM(name) void name##_inputs(void);
#include "tests/bounds/loops/programs.h"
#undef PROGRAM

#endif
