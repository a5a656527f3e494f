/* SPDX-License-Identifier: MIT */
/* A loop that is entered in the middle of its unrolled body, by what is left over: Duff's device. */
#include "tests/bounds/loops/loops.h"

static NOINLINE void jump_into_turns(volatile uint32_t *port, const uint32_t *words,
                                     unsigned count) {
    BOUND_LOOP(words, 8);
    unsigned rounds = (count + 3) / 4;
    switch (count % 4) {
    case 0:
        do {
            BOUND_TURN(words);
            *port = *words++;
            /* fall through */
        case 3:
            *port = *words++;
            /* fall through */
        case 2:
            *port = *words++;
            /* fall through */
        case 1:
            *port = *words++;
        } while (--rounds > 0);
    }
}

void jump_into_turns_inputs(void) {
    static volatile uint32_t port;
    static uint32_t words[32];
    for (unsigned count = 1; count <= 32; count++) {
        OBSERVE(jump_into_turns, &port, words, count, 0);
    }
    must(port == 0, "jump_into_turns");
}
