/* SPDX-License-Identifier: MIT */
/* One loop of the source, inlined twice in a third, and once more behind it. */
#include "tests/bounds/loops/loops.h"

static ALWAYS_INLINE unsigned steps_of(unsigned number) {
    unsigned steps = 0;
    BOUND_LOOP(steps, 12);
    while (number != 0) {
        BOUND_TURN(steps);
        number >>= 1;
        steps++;
    }
    return steps;
}

static NOINLINE unsigned inlined_twice(const unsigned *numbers) {
    unsigned sum = 0;
    BOUND_LOOP(numbers, 7);
    for (unsigned i = 0; i < 7; i++) {
        BOUND_TURN(numbers);
        sum += steps_of(numbers[i]);
        if ((numbers[i] & 1) != 0) {
            sum += 3 * steps_of(numbers[i] >> 1);
        }
    }
    return sum + steps_of(sum & 4095);
}

void inlined_twice_inputs(void) {
    unsigned numbers[7];
    for (unsigned bits = 0; bits <= 12; bits++) {
        for (unsigned i = 0; i < 7; i++) {
            numbers[i] = (1u << bits) - 1;
        }
        OBSERVE(inlined_twice, numbers, 0, 0, 0);
    }
}
