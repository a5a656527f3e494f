/* SPDX-License-Identifier: MIT */
/* A routine of the compiler's library with loops that nobody marked. */
/* expect: loop or helper */
/* link: libgcc */
#include "tests/bounds/case.h"

void __clear_cache(void *begin, void *end);

uint64_t broken(uint64_t argument) {
    __clear_cache((void *)argument, (void *)(argument + 4096));
    return 1;
}
