/* SPDX-License-Identifier: MIT */
/* Counts lines, words and letters of what comes in. */
#include <stdio.h>

#include "user/lib/program.h"

int main(int argc, char **argv, char **environment) {
    unsigned long lines = 0;
    unsigned long words = 0;
    unsigned long letters = 0;
    int before = ' ';
    (void)argc, (void)argv, (void)environment;
    for (int letter = getchar(); letter != EOF; letter = getchar()) {
        const int is_blank = letter == ' ' || letter == '\n' || letter == '\t';
        lines += letter == '\n';
        words += !is_blank && (before == ' ' || before == '\n' || before == '\t');
        letters++;
        before = letter;
    }
    printf("%lu lines, %lu words, %lu letters\n", lines, words, letters);
    return 0;
}
