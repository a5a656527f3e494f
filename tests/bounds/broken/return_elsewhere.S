/* SPDX-License-Identifier: MIT */
/* A `ret` to an address that no call has left: a branch through a pointer by another name. */
/* expect: escape or indirect */
#include "tests/bounds/case_assembly.h"

FUNCTION broken
    mov     x30, x0
    ret
END broken
