/* SPDX-License-Identifier: MIT */
/* A branch into the middle of another function. */
/* expect: escape */
#include "tests/bounds/case_assembly.h"

FUNCTION broken
    cbz     x0, other + 8
    ret
END broken

FUNCTION other
    stp     x29, x30, [sp, #-16]!
    mov     x29, sp
    add     x0, x0, #1
    ldp     x29, x30, [sp], #16
    ret
END other
