/* SPDX-License-Identifier: MIT */
/* Euclid's divisions: two neighbours of Fibonacci's row take the most. */
#include "tests/bounds/loops/loops.h"

static NOINLINE uint32_t greatest_divisor(uint32_t a, uint32_t b) {
    BOUND_LOOP(divisions,
               46); /* F(47) and F(46) are the largest pair in 32 bits, and b may be the larger */
    while (b != 0) {
        BOUND_TURN(divisions);
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

void greatest_divisor_inputs(void) {
    must(OBSERVE(greatest_divisor, UINT32_C(1836311903), UINT32_C(2971215073), 0, 0) == 1,
         "greatest_divisor");
    must(OBSERVE(greatest_divisor, 48, 36, 0, 0) == 12, "greatest_divisor");
}
