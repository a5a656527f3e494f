/* SPDX-License-Identifier: MIT */
/* What cases in assembly begin and end with. */
#ifndef TESTS_BOUNDS_CASE_ASSEMBLY_H
#define TESTS_BOUNDS_CASE_ASSEMBLY_H

#include "lib/bound.h"

/* clang-format off */

.macro FUNCTION name
    .text
    .balign 4
    .global \name
    .type \name, %function
\name:
.endm

.macro END name
    .size \name, . - \name
.endm

/* clang-format on */

#endif
