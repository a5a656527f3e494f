/* SPDX-License-Identifier: MIT */
/* A heap of 31: sifts of at most 4 steps, called from two places. */
#include "tests/bounds/loops/loops.h"

#define LENGTH 31

static NOINLINE void sift_down(int *values, unsigned root, unsigned length) {
    BOUND_LOOP(levels, 4);
    for (;;) {
        unsigned child = 2 * root + 1;
        if (child >= length) {
            break;
        }
        BOUND_TURN(levels);
        if (child + 1 < length && values[child] < values[child + 1]) {
            child++;
        }
        if (values[root] >= values[child]) {
            break;
        }
        int value = values[root];
        values[root] = values[child];
        values[child] = value;
        root = child;
    }
}

static NOINLINE void heap_sort(int *values) {
    BOUND_LOOP(build, LENGTH / 2);
    for (unsigned i = LENGTH / 2; i-- > 0;) {
        BOUND_TURN(build);
        sift_down(values, i, LENGTH);
    }
    BOUND_LOOP(take, LENGTH - 1);
    for (unsigned end = LENGTH - 1; end > 0; end--) {
        BOUND_TURN(take);
        int value = values[0];
        values[0] = values[end];
        values[end] = value;
        sift_down(values, 0, end);
    }
}

void heap_sort_inputs(void) {
    int values[LENGTH];
    for (unsigned run = 0; run < 50; run++) {
        for (unsigned i = 0; i < LENGTH; i++) {
            values[i] = run == 0 ? (int)i : (int)random_below(1000);
        }
        OBSERVE(heap_sort, values, 0, 0, 0);
        for (unsigned i = 1; i < LENGTH; i++) {
            must(values[i - 1] <= values[i], "heap_sort");
        }
    }
}
