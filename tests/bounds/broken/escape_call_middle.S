/* SPDX-License-Identifier: MIT */
/* A call into the middle of another function. */
/* expect: escape */
#include "tests/bounds/case_assembly.h"

FUNCTION broken
    stp     x29, x30, [sp, #-16]!
    bl      other + 4
    ldp     x29, x30, [sp], #16
    ret
END broken

FUNCTION other
    add     x0, x0, #1
    add     x0, x0, #1
    ret
END other
