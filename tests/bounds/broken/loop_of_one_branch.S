/* SPDX-License-Identifier: MIT */
/* An instruction that branches to itself, and may go on. */
/* expect: loop */
#include "tests/bounds/case_assembly.h"

FUNCTION broken
    mov     x1, x0
1:  tbz     x1, #0, 1b
    ret
END broken
