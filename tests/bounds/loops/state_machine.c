/* SPDX-License-Identifier: MIT */
/* Reads numbers with sign and fraction, letter by letter, in five states. */
#include "tests/bounds/loops/loops.h"

#define LETTERS 40

enum state { START, SIGN, WHOLE, FRACTION, ERROR };

static NOINLINE unsigned state_machine(const char *text, int64_t *sum) {
    enum state state = START;
    int64_t number = 0;
    bool negative = false;
    unsigned numbers = 0;
    BOUND_LOOP(letters, LETTERS);
    for (unsigned i = 0; i < LETTERS && text[i] != '\0'; i++) {
        BOUND_TURN(letters);
        char letter = text[i];
        bool is_digit = letter >= '0' && letter <= '9';
        switch (state) {
        case START:
            number = 0;
            negative = letter == '-';
            if (letter == '-' || letter == '+') {
                state = SIGN;
            } else if (is_digit) {
                number = letter - '0';
                state = WHOLE;
            } else if (letter != ' ') {
                state = ERROR;
            }
            break;
        case SIGN:
            number = letter - '0';
            state = is_digit ? WHOLE : ERROR;
            break;
        case WHOLE:
        case FRACTION:
            if (is_digit) {
                number = number * 10 + (letter - '0');
            } else if (letter == '.' && state == WHOLE) {
                state = FRACTION;
            } else if (letter == ' ') {
                *sum += negative ? -number : number;
                numbers++;
                state = START;
            } else {
                state = ERROR;
            }
            break;
        case ERROR:
        default:
            if (letter == ' ') {
                state = START;
            }
            break;
        }
    }
    return numbers;
}

void state_machine_inputs(void) {
    int64_t sum = 0;
    must(OBSERVE(state_machine, "12 -3 4.5 x1 7 ", &sum, 0, 0) == 4 && sum == 12 - 3 + 45 + 7,
         "state_machine");
    OBSERVE(state_machine, "1234567890123456789012345678901234567890", &sum, 0, 0);
    OBSERVE(state_machine, "-1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -", &sum, 0, 0);
    OBSERVE(state_machine, "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 ", &sum, 0, 0);
    OBSERVE(state_machine, "1.2.1.2.1.2.1.2.1.2.1.2.1.2.1.2.1.2.1.2.", &sum, 0, 0);
    OBSERVE(state_machine, "1.1 1.1 1.1 1.1 1.1 1.1 1.1 1.1 1.1 1.1 ", &sum, 0, 0);
    OBSERVE(state_machine, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", &sum, 0, 0);
}
