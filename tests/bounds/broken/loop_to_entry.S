/* SPDX-License-Identifier: MIT */
/* A branch back to the function's own first instruction. */
/* expect: loop or recursion */
#include "tests/bounds/case_assembly.h"

FUNCTION broken
    ldr     x1, [x0], #8
    cbnz    x1, broken
    ret
END broken
