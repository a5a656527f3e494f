/* SPDX-License-Identifier: MIT */
/* The marker is the whole body. */
#include "tests/bounds/case_assembly.h"

FUNCTION legal
    add     x0, x0, #1
    BOUND_LOOP tests/bounds/legal/loop_of_two_instructions.S:turns, 64
1:  BOUND_TURN tests/bounds/legal/loop_of_two_instructions.S:turns, 64
    subs    x0, x0, #1
    b.ne    1b
    ret
END legal
