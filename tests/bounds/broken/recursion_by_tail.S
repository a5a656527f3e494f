/* SPDX-License-Identifier: MIT */
/* Two functions end in a branch to each other. */
/* expect: recursion */
#include "tests/bounds/case_assembly.h"

FUNCTION broken
    cbz     x0, 1f
    sub     x0, x0, #1
    b       other
1:  ret
END broken

FUNCTION other
    cbnz    x0, broken
    ret
END other
