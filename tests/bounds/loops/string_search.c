/* SPDX-License-Identifier: MIT */
/* Looks for a word of 4 in a text of 32, from every place anew. */
#include "tests/bounds/loops/loops.h"

#define TEXT 32
#define WORD 4

static NOINLINE int string_search(const char *text, const char *word) {
    BOUND_LOOP(places, TEXT - WORD + 1);
    for (int at = 0; at <= TEXT - WORD; at++) {
        BOUND_TURN(places);
        int same = 0;
        BOUND_LOOP(letters, WORD);
        while (same < WORD) {
            BOUND_TURN(letters);
            if (text[at + same] != word[same]) {
                break;
            }
            same++;
        }
        if (same == WORD) {
            return at;
        }
    }
    return -1;
}

void string_search_inputs(void) {
    must((int)OBSERVE(string_search, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaab", 0, 0) == -1,
         "not there");
    must((int)OBSERVE(string_search, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "aaab", 0, 0) == 28,
         "last");
}
