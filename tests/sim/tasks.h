/* SPDX-License-Identifier: MIT */
/*
 * Random sets of periodic tasks: what the admission test admits runs as threads of the kernel, and
 * nobody may be late; of what it just refuses, some must be.
 */
#ifndef TESTS_SIM_TASKS_H
#define TESTS_SIM_TASKS_H

#include <stdint.h>

/* `sets` sets from `seed`; stops the program at the first that was admitted by mistake, and at the
 * end if those that were just refused are hardly ever late. */
void tasks_run(uint64_t seed, uint64_t sets);

#endif
