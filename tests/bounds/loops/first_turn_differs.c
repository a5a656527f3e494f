/* SPDX-License-Identifier: MIT */
/* What only the first turn does: the compiler may take that turn out of the loop. */
#include "tests/bounds/loops/loops.h"

static NOINLINE unsigned first_turn_differs(char *text, const unsigned *numbers, unsigned count) {
    unsigned at = 0;
    BOUND_LOOP(numbers, 9);
    for (unsigned i = 0; i < count; i++) {
        BOUND_TURN(numbers);
        if (i != 0) {
            text[at++] = ',';
            text[at++] = ' ';
        }
        text[at++] = (char)('0' + numbers[i] % 10);
    }
    text[at] = '\0';
    return at;
}

void first_turn_differs_inputs(void) {
    static const unsigned numbers[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    char text[40];
    for (unsigned count = 0; count <= 9; count++) {
        OBSERVE(first_turn_differs, text, numbers, count, 0);
    }
    must(text[24] == '9' && text[23] == ' ', "first_turn_differs");
}
