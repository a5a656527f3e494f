/* SPDX-License-Identifier: MIT */
/* The inner loop ends where the value fits; in the worst case it goes all the way. */
#include "tests/bounds/loops/loops.h"

#define LENGTH 16

static NOINLINE void insertion_sort(int *values, unsigned length) {
    BOUND_LIMIT(moves, LENGTH * (LENGTH - 1) / 2);
    BOUND_LOOP(values, LENGTH - 1);
    for (unsigned i = 1; i < length; i++) {
        BOUND_TURN(values);
        int value = values[i];
        unsigned at = i;
        BOUND_LOOP(places, LENGTH - 1);
        while (at > 0 && values[at - 1] > value) {
            BOUND_TURN(places);
            BOUND_PATH(moves);
            values[at] = values[at - 1];
            at--;
        }
        values[at] = value;
    }
}

void insertion_sort_inputs(void) {
    int values[LENGTH];
    for (unsigned i = 0; i < LENGTH; i++) {
        values[i] = (int)(LENGTH - i);
    }
    OBSERVE(insertion_sort, values, LENGTH, 0, 0);
    for (unsigned i = 0; i < LENGTH; i++) {
        must(values[i] == (int)i + 1, "insertion_sort");
    }
}
