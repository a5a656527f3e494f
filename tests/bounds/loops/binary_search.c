/* SPDX-License-Identifier: MIT */
/* Halves the range: six steps for 63 values. */
#include "tests/bounds/loops/loops.h"

#define LENGTH 63

static NOINLINE unsigned binary_search(const int *values, int wanted) {
    unsigned low = 0, high = LENGTH;
    BOUND_LOOP(halves, 6); /* 63, 31, 15, 7, 3, 1 */
    while (low < high) {
        BOUND_TURN(halves);
        unsigned middle = (low + high) / 2;
        if (values[middle] == wanted) {
            return middle;
        }
        if (values[middle] < wanted) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return LENGTH;
}

void binary_search_inputs(void) {
    int values[LENGTH];
    for (unsigned i = 0; i < LENGTH; i++) {
        values[i] = (int)(2 * i);
    }
    for (unsigned i = 0; i < 2 * LENGTH; i++) {
        uint64_t at = OBSERVE(binary_search, values, i, 0, 0);
        must(at == (i % 2 == 0 ? i / 2 : LENGTH), "binary_search");
    }
}
