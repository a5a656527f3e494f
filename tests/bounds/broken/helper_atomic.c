/* SPDX-License-Identifier: MIT */
/* An atomic addition by the compiler's library: a retry loop in code that has no source here. */
/* expect: exclusive or helper */
/* link: libgcc */
#include "tests/bounds/case.h"

extern uint64_t __aarch64_ldadd8_acq_rel(uint64_t number, uint64_t *where);
extern uint8_t __aarch64_have_lse_atomics;
uint8_t __aarch64_have_lse_atomics;

uint64_t broken(uint64_t argument) {
    return __aarch64_ldadd8_acq_rel(1, (uint64_t *)argument) + 1;
}
