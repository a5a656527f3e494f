/* SPDX-License-Identifier: MIT */
/* Picks cases, runs them, and ends the run: what the harness needs to know of it. */
#ifndef TESTS_QEMU_RUNNER_H
#define TESTS_QEMU_RUNNER_H

#include "lib/compiler.h"

/* Guest time that a case may take under exact, when a second of it may be ten of the host: the
 * watchdog's moment is never further away. */
#define CASE_TIME_EXACT_MS 1500

/* The case that runs. */
const char *runner_case_name(void);

/* Writes the plan; returns the exit status: 0 if there were results and all passed, else 1. */
unsigned tap_finish(void);

#endif
