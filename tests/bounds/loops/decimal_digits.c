/* SPDX-License-Identifier: MIT */
/* A loop whose body comes before its condition. */
#include "tests/bounds/loops/loops.h"

static NOINLINE unsigned decimal_digits(uint64_t number, char *digits) {
    unsigned count = 0;
    BOUND_LOOP(digits, 20); /* 2^64 has as many */
    do {
        BOUND_TURN(digits);
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    return count;
}

void decimal_digits_inputs(void) {
    char digits[20];
    must(OBSERVE(decimal_digits, UINT64_MAX, digits, 0, 0) == 20, "decimal_digits");
    must(OBSERVE(decimal_digits, 0, digits, 0, 0) == 1, "decimal_digits");
}
