/* SPDX-License-Identifier: MIT */
/* Squares and multiplies: the multiplication is on every second way at most, which is not said. */
#include "tests/bounds/loops/loops.h"

static NOINLINE uint32_t power_modulo(uint32_t base, uint32_t exponent, uint32_t modulus) {
    uint64_t result = 1, square = base % modulus;
    BOUND_LOOP(bits, 32);
    while (exponent != 0) {
        BOUND_TURN(bits);
        if ((exponent & 1) != 0) {
            result = result * square % modulus;
        }
        square = square * square % modulus;
        exponent >>= 1;
    }
    return (uint32_t)result;
}

void power_modulo_inputs(void) {
    must(OBSERVE(power_modulo, 3, 1000006, 1000007, 0) != 0, "power_modulo");
    must(OBSERVE(power_modulo, 2, 10, 1000, 0) == 24, "power_modulo");
    OBSERVE(power_modulo, 5, UINT32_MAX, 1000003, 0);
}
