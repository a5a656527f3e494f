/* SPDX-License-Identifier: MIT */
/*
 * The containers, tried on the machine itself with its compiler, its memory and its allocator: some
 * hundred random operations on each against a simple model. The thorough tests run on the host;
 * this finds what only shows here.
 */
#ifndef LIB_SELFTEST_H
#define LIB_SELFTEST_H

#include "lib/allocator.h"
#include "lib/status.h"

#define LIB_SELFTEST_CASES 6

extern const char *const lib_selftest_names[LIB_SELFTEST_CASES];

/* Runs case `index`. OK; NO_MEMORY; MALFORMED when the container did what it must not. */
MUST_USE status_t lib_selftest_run(unsigned index, struct allocator *allocator, uint64_t seed);

/* Runs all cases; the status of the first that fails. All memory is given back. Same seed, same
 * run. Some 10^6 instructions: thread context, interrupts unmasked. */
MUST_USE status_t lib_selftest(struct allocator *allocator, uint64_t seed);

#endif
