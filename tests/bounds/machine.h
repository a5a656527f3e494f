/* SPDX-License-Identifier: MIT */
/*
 * What programs of tests/bounds/ that run share: they call functions through OBSERVE(), which counts
 * the instructions from a function's first to its `ret`, both included, and sees how far down the
 * stack it writes. Of each name the largest are printed as "observed NAME COUNT BYTES".
 */
#ifndef TESTS_BOUNDS_MACHINE_H
#define TESTS_BOUNDS_MACHINE_H

#include "lib/bound.h"
#include "lib/compiler.h"

#define OBSERVE(function, a, b, c, d)                                                              \
    observe(#function, (uintptr_t)(function), (uintptr_t)(a), (uintptr_t)(b), (uintptr_t)(c),      \
            (uintptr_t)(d))

/* Calls function(a, b, c, d) in a window; returns what it returned. One name after the other: the
 * largest count of a name is printed when the next one comes. */
uint64_t observe(const char *name, uintptr_t function, uintptr_t a, uintptr_t b, uintptr_t c,
                 uintptr_t d);

/* Stops with a message unless the result is what it must be. */
void must(bool right, const char *what);

/* Numbers that look random, from the same start after random_restart(). */
void random_restart(void);
uint32_t random_below(uint32_t limit);

/* What the program does; after it, it ends. */
void program_run(void);

#endif
