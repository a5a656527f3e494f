/* SPDX-License-Identifier: MIT */
/* A test of the invariants' checker. */
#ifndef TESTS_SWEEP_CORRUPT_H
#define TESTS_SWEEP_CORRUPT_H

/* Spoils each structure in turn; a result for each rule. */
void corrupt_all(void);

#endif
