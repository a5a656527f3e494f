/* SPDX-License-Identifier: MIT */
/* A loop that a flag ends, two loops deep: what the flag costs is charged to every turn unless more is said. */
#include "tests/bounds/loops/loops.h"

static NOINLINE int flag_ends_loop(const int *rows, int wanted) {
    bool found = false;
    int place = -1;
    BOUND_LOOP(rows, 6);
    for (int row = 0; row < 6 && !found; row++) {
        BOUND_TURN(rows);
        BOUND_LOOP(columns, 5);
        for (int column = 0; column < 5 && !found; column++) {
            BOUND_TURN(columns);
            if (rows[row * 5 + column] == wanted) {
                found = true;
                place = row * 5 + column;
            }
        }
    }
    return place;
}

void flag_ends_loop_inputs(void) {
    int rows[30];
    for (int i = 0; i < 30; i++) {
        rows[i] = i;
    }
    for (int wanted = 0; wanted <= 30; wanted++) {
        must((int)OBSERVE(flag_ends_loop, rows, wanted, 0, 0) == (wanted < 30 ? wanted : -1),
             "flag_ends_loop");
    }
}
