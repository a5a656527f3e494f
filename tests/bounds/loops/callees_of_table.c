/* SPDX-License-Identifier: MIT */
/* Operations by number, from a constant table. */
#include "tests/bounds/loops/loops.h"

typedef uint64_t (*operation_fn)(uint64_t a, uint64_t b);

static uint64_t add(uint64_t a, uint64_t b) {
    return a + b;
}

static uint64_t multiply(uint64_t a, uint64_t b) {
    return a * b;
}

static uint64_t power(uint64_t a, uint64_t b) {
    uint64_t result = 1;
    BOUND_LOOP(bits, 8);
    while (b != 0) {
        BOUND_TURN(bits);
        if ((b & 1) != 0) {
            result *= a;
        }
        a *= a;
        b = (b & 255) >> 1;
    }
    return result;
}

extern const operation_fn operations[4];
const operation_fn operations[4] = {add, multiply, power, NULL};

static NOINLINE uint64_t callees_of_table(const uint8_t *codes, uint64_t value) {
    BOUND_LOOP(codes, 8);
    for (unsigned i = 0; i < 8 && codes[i] < 3; i++) {
        BOUND_TURN(codes);
        operation_fn operation = operations[codes[i]];
        value = BOUND_CALLED_TABLE(operations, operation)(value, 255);
    }
    return value;
}

void callees_of_table_inputs(void) {
    must(OBSERVE(callees_of_table, "\0\1\3", 1, 0, 0) == 256 * 255, "callees_of_table");
    OBSERVE(callees_of_table, "\2\2\2\2\2\2\2\2", 3, 0, 0);
}
