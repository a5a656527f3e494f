/* SPDX-License-Identifier: MIT */
/* A conditional branch to the start of another function: a call whose return is ours. */
#include "tests/bounds/case_assembly.h"

FUNCTION legal
    and     x1, x0, #3
    cbz     x1, other
    add     x0, x0, #1
    ret
END legal

FUNCTION other
    mov     x2, #7
    mul     x0, x0, x2
    mul     x0, x0, x2
    mul     x0, x0, x2
    ret
END other
