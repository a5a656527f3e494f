/* SPDX-License-Identifier: MIT */
/* A turn is counted of a loop that is announced nowhere. */
/* expect: outlined or marker */
#include "tests/bounds/case_assembly.h"

FUNCTION broken
1:  BOUND_TURN tests/bounds/broken/turn_only.S:turns, 8
    subs    x0, x0, #1
    b.ne    1b
    ret
END broken
