/* SPDX-License-Identifier: MIT */
/* Shows files, or what comes in. */
#include <stdio.h>

#include "user/lib/program.h"

static void show(FILE *file) {
    int letter = getc(file);
    while (letter != EOF) {
        (void)putchar(letter);
        letter = getc(file);
    }
}

int main(int argc, char **argv, char **environment) {
    int missing = 0;
    (void)environment;
    if (argc < 2) {
        show(stdin);
    }
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "r");
        if (file == NULL) {
            (void)fprintf(stderr, "cat: %s: not a file that can be read\n", argv[i]);
            missing++;
        } else {
            show(file);
            (void)fclose(file);
        }
    }
    return missing;
}
