/* SPDX-License-Identifier: MIT */
/* TAP lines, records, and a placement in words. */
#ifndef TESTS_SWEEP_REPORT_H
#define TESTS_SWEEP_REPORT_H

#include "tests/sweep/sweep.h"

void report_begin(void);
bool report_result(bool passed, const char *name);
/* Behind a result that is not ok: what was placed, where, and what is wrong. */
void report_placement(const struct placement *placement, const char *wrong);
/* Where the position before was, when one seems to be left out. */
void report_step(uint64_t pc, uint32_t word, uint64_t x30);
/* The last outcome; with `expected` only where it differs. */
void report_outcome(const int32_t *expected);
void report_op(const struct op *op, uint64_t positions, uint64_t distinct, uint64_t count);
/* A position that no action was placed at. */
void report_missing(const struct op *op);
/* What the checker said instead; NULL: nothing. */
void report_said(const char *rule);
/* Prints the plan and totals; the exit status. */
unsigned report_end(void);

extern const char *const mode_names[MODES];

#endif
