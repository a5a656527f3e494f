/* SPDX-License-Identifier: MIT */
/* How many letters two words of 12 differ in: one row at a time. */
#include "tests/bounds/loops/loops.h"

#define LENGTH 12

static NOINLINE unsigned levenshtein(const char *one, const char *other) {
    uint8_t row[LENGTH + 1];
    BOUND_LOOP(clear, LENGTH + 1);
    for (unsigned j = 0; j <= LENGTH; j++) {
        BOUND_TURN(clear);
        row[j] = (uint8_t)j;
    }
    BOUND_LOOP(rows, LENGTH);
    for (unsigned i = 0; i < LENGTH; i++) {
        BOUND_TURN(rows);
        uint8_t diagonal = row[0];
        row[0] = (uint8_t)(i + 1);
        BOUND_LOOP(columns, LENGTH);
        for (unsigned j = 0; j < LENGTH; j++) {
            BOUND_TURN(columns);
            unsigned best = (unsigned)diagonal + (one[i] != other[j]);
            diagonal = row[j + 1];
            if (row[j + 1] + 1u < best) {
                best = row[j + 1] + 1u;
            }
            if (row[j] + 1u < best) {
                best = row[j] + 1u;
            }
            row[j + 1] = (uint8_t)best;
        }
    }
    return row[LENGTH];
}

void levenshtein_inputs(void) {
    must(OBSERVE(levenshtein, "abcdefghijkl", "abcdefghijkl", 0, 0) == 0, "levenshtein");
    must(OBSERVE(levenshtein, "abcdefghijkl", "xabcdefghijk", 0, 0) == 2, "levenshtein");
    OBSERVE(levenshtein, "aaaaaaaaaaaa", "bbbbbbbbbbbb", 0, 0);
    char words[2][LENGTH];
    for (unsigned run = 0; run < 100; run++) {
        for (unsigned i = 0; i < 2 * LENGTH; i++) {
            words[i / LENGTH][i % LENGTH] = (char)('a' + random_below(3));
        }
        OBSERVE(levenshtein, words[0], words[1], 0, 0);
    }
}
