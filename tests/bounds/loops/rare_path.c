/* SPDX-License-Identifier: MIT */
/* A path that the compiler holds for rare and puts far away, inside a loop, with a loop of its own. */
#include "tests/bounds/loops/loops.h"

static unsigned errors[4];

__attribute__((cold)) static void note_error(unsigned kind) {
    BOUND_LOOP(errors, 4);
    for (unsigned i = 0; i < 4; i++) {
        BOUND_TURN(errors);
        errors[i] += kind + i;
    }
}

static NOINLINE unsigned rare_path(const unsigned *words) {
    unsigned sum = 0;
    BOUND_LIMIT(wrong, 3);
    BOUND_LOOP(words, 20);
    for (unsigned i = 0; i < 20; i++) {
        BOUND_TURN(words);
        if (UNLIKELY(words[i] > 1000)) {
            BOUND_PATH(wrong);
            note_error(words[i] & 3);
            continue;
        }
        sum += words[i];
    }
    return sum;
}

void rare_path_inputs(void) {
    static unsigned words[20];
    OBSERVE(rare_path, words, 0, 0, 0);
    words[3] = words[4] = words[19] = 1001;
    OBSERVE(rare_path, words, 0, 0, 0);
}
