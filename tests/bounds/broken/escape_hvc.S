/* SPDX-License-Identifier: MIT */
/* A call that leaves the image: `hvc`. */
/* expect: escape */
#include "tests/bounds/case_assembly.h"

FUNCTION broken
    hvc     #0
    ret
END broken
