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

struct lib_selftest_case {
    const char *name;
    /* OK; NO_MEMORY; MALFORMED when the container did what it must not. */
    status_t (*run)(struct allocator *allocator, uint64_t seed);
};

#define LIB_SELFTEST_CASES 6

extern const struct lib_selftest_case lib_selftest_cases[LIB_SELFTEST_CASES];

/* Runs all cases; the status of the first that fails. All memory is given back. Same seed, same
 * run. Some 10^6 instructions: thread context, interrupts unmasked. */
MUST_USE status_t lib_selftest(struct allocator *allocator, uint64_t seed);

#endif
