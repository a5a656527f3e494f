/* SPDX-License-Identifier: MIT */
/* The last instruction is a call that comes back, to whatever stands behind. */
/* expect: escape */
#include "tests/bounds/case_assembly.h"

FUNCTION broken
    mov     x19, x30
    bl      other
END broken

FUNCTION behind
    add     x0, x0, #2
    ret     x19
END behind

FUNCTION other
    ret
END other
