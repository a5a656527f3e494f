/* SPDX-License-Identifier: MIT */
/* A loop that can be entered in two places, behind its marker both; each way round it counts a turn. */
#include "tests/bounds/case_assembly.h"

FUNCTION legal
    and     x0, x0, #31
    BOUND_LOOP tests/bounds/legal/loop_two_entries.S:turns, 31
    tbz     x0, #0, 2f
1:  BOUND_TURN tests/bounds/legal/loop_two_entries.S:turns, 31
    add     x1, x1, #1
2:  subs    x0, x0, #1
    b.gt    1b
    ret
END legal
