/* SPDX-License-Identifier: MIT */
/* The end of the function is not its end: it goes on into the next one. */
/* expect: escape */
#include "tests/bounds/case_assembly.h"

FUNCTION broken
    add     x0, x0, #1
END broken

FUNCTION other
    add     x0, x0, #2
    ret
END other
