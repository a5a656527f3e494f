/* SPDX-License-Identifier: MIT */
/* Matrices of 8 by 8: three loops of constant length. */
#include "tests/bounds/loops/loops.h"

#define SIZE 8

static int left[SIZE][SIZE], right[SIZE][SIZE], product[SIZE][SIZE];

static NOINLINE void matrix_multiply(void) {
    BOUND_LOOP(rows, SIZE);
    for (unsigned i = 0; i < SIZE; i++) {
        BOUND_TURN(rows);
        BOUND_LOOP(columns, SIZE);
        for (unsigned j = 0; j < SIZE; j++) {
            BOUND_TURN(columns);
            int sum = 0;
            BOUND_LOOP(terms, SIZE);
            for (unsigned k = 0; k < SIZE; k++) {
                BOUND_TURN(terms);
                sum += left[i][k] * right[k][j];
            }
            product[i][j] = sum;
        }
    }
}

void matrix_multiply_inputs(void) {
    for (unsigned i = 0; i < SIZE; i++) {
        for (unsigned j = 0; j < SIZE; j++) {
            left[i][j] = (int)(i + 1);
            right[i][j] = i == j ? 3 : 0;
        }
    }
    OBSERVE(matrix_multiply, 0, 0, 0, 0);
    must(product[7][2] == 24, "matrix_multiply");
}
