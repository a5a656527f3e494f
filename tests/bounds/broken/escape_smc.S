/* SPDX-License-Identifier: MIT */
/* A call that leaves the image: `smc`. */
/* expect: escape */
#include "tests/bounds/case_assembly.h"

FUNCTION broken
    smc     #0
    ret
END broken
