/* SPDX-License-Identifier: MIT */
/*
 * A case of broken/ or legal/ is one function, `broken` or `legal`, with what it calls. A line
 * "expect: WORD" in a broken case tells why tools/bounds must refuse it; "or" stands between words
 * where more than one would be right.
 */
#ifndef TESTS_BOUNDS_CASE_H
#define TESTS_BOUNDS_CASE_H

#include "lib/bound.h"
#include "lib/compiler.h"

uint64_t broken(uint64_t argument);

/* Called with 0 to 63; its largest count of instructions may not exceed its bound. */
uint64_t legal(uint64_t argument);

#endif
