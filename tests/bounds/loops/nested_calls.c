/* SPDX-License-Identifier: MIT */
/* Loops that call functions that loop. */
#include "tests/bounds/loops/loops.h"

static NOINLINE unsigned digit_sum(unsigned number) {
    unsigned sum = 0;
    BOUND_LOOP(digits, 4);
    while (number != 0) {
        BOUND_TURN(digits);
        sum += number % 10;
        number /= 10;
    }
    return sum;
}

static NOINLINE unsigned row_sum(unsigned start) {
    unsigned sum = 0;
    BOUND_LOOP(row, 5);
    for (unsigned i = 0; i < 5; i++) {
        BOUND_TURN(row);
        sum += digit_sum(start + i);
    }
    return sum;
}

static NOINLINE unsigned nested_calls(unsigned start) {
    unsigned sum = digit_sum(start);
    BOUND_LOOP(rows, 6);
    for (unsigned i = 0; i < 6; i++) {
        BOUND_TURN(rows);
        sum += row_sum(start + i);
        sum += digit_sum(sum);
    }
    return sum;
}

void nested_calls_inputs(void) {
    OBSERVE(nested_calls, 1, 0, 0, 0);
    OBSERVE(nested_calls, 4711, 0, 0, 0);
    OBSERVE(nested_calls, 9990, 0, 0, 0);
}
