/* SPDX-License-Identifier: MIT */
/* A call of what is not text. */
/* expect: escape */
#include "tests/bounds/case_assembly.h"

FUNCTION broken
    stp     x29, x30, [sp, #-16]!
    bl      words
    ldp     x29, x30, [sp], #16
    ret
END broken

    .section .rodata
    .balign 4
    .global words
words:
    .word   0xd65f03c0
