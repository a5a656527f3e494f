/* SPDX-License-Identifier: MIT */
/* A call that leaves the image: `svc`. */
/* expect: escape */
#include "tests/bounds/case_assembly.h"

FUNCTION broken
    svc     #0
    ret
END broken
