/* SPDX-License-Identifier: MIT */
/* A `ret` through a register that no call has written. */
/* expect: escape or indirect */
#include "tests/bounds/case_assembly.h"

FUNCTION broken
    ret     x1
END broken
