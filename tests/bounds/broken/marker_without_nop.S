/* SPDX-License-Identifier: MIT */
/* A record that points to an instruction which is no marker. */
/* expect: marker */
#include "tests/bounds/case_assembly.h"

FUNCTION broken
    BOUND_LOOP tests/bounds/broken/marker_without_nop.S:turns, 8
1:  subs    x0, x0, #1
    .pushsection .debug_bound, "", %progbits
    .word 0x444e4f42, BOUND_KIND_TURN
    .xword 1b, 0, 8, 12
    .asciz "tests/bounds/broken/marker_without_nop.S:turns"
    .balign 8
    .popsection
    b.ne    1b
    ret
END broken
