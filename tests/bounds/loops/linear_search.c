/* SPDX-License-Identifier: MIT */
/* Ends where it finds; `continue` passes over what does not count. */
#include "tests/bounds/loops/loops.h"

#define LENGTH 40

static NOINLINE int linear_search(const int *values, int wanted) {
    int passed = 0;
    BOUND_LOOP(values, LENGTH);
    for (int i = 0; i < LENGTH; i++) {
        BOUND_TURN(values);
        if (values[i] < 0) {
            passed++;
            continue;
        }
        if (values[i] == wanted) {
            return i - passed;
        }
    }
    return -1;
}

void linear_search_inputs(void) {
    int values[LENGTH];
    for (int sign = -1; sign <= 1; sign += 2) {
        for (int i = 0; i < LENGTH; i++) {
            values[i] = sign * (i + 1);
        }
        must((int)OBSERVE(linear_search, values, 100, 0, 0) == -1, "linear_search");
        OBSERVE(linear_search, values, LENGTH, 0, 0);
    }
}
