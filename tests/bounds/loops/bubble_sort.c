/* SPDX-License-Identifier: MIT */
/* The inner loop is one turn shorter each time: its limit is the sum. It ends early when nothing moved. */
#include "tests/bounds/loops/loops.h"

#define LENGTH 16

static NOINLINE void bubble_sort(int *values, unsigned length) {
    BOUND_LIMIT(pairs, LENGTH * (LENGTH - 1) / 2);
    BOUND_LOOP(passes, LENGTH - 1);
    for (unsigned end = length; end > 1; end--) {
        BOUND_TURN(passes);
        bool moved = false;
        BOUND_LOOP(compares, LENGTH - 1);
        for (unsigned i = 1; i < end; i++) {
            BOUND_TURN(compares);
            BOUND_PATH(pairs);
            if (values[i - 1] > values[i]) {
                int value = values[i];
                values[i] = values[i - 1];
                values[i - 1] = value;
                moved = true;
            }
        }
        if (!moved) {
            break;
        }
    }
}

void bubble_sort_inputs(void) {
    int values[LENGTH];
    for (unsigned i = 0; i < LENGTH; i++) {
        values[i] = (int)(LENGTH - i);
    }
    OBSERVE(bubble_sort, values, LENGTH, 0, 0);
    for (unsigned i = 0; i < LENGTH; i++) {
        must(values[i] == (int)i + 1, "bubble_sort");
    }
}
