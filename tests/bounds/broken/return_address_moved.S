/* SPDX-License-Identifier: MIT */
/* The return address is changed on the way: the function comes back somewhere else. */
/* expect: escape or indirect */
#include "tests/bounds/case_assembly.h"

FUNCTION broken
    stp     x29, x30, [sp, #-16]!
    add     x0, x0, #1
    ldp     x29, x30, [sp], #16
    add     x30, x30, #8
    ret
END broken
