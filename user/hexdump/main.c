/* SPDX-License-Identifier: MIT */
/* Shows the bytes of files, or of what comes in: 16 in a row, as numbers and as letters. */
#include <ctype.h>
#include <stdio.h>

#include "user/lib/program.h"

#define ROW 16

static void show_row(unsigned long offset, const unsigned char *bytes, size_t count) {
    printf("%08lx ", offset);
    for (size_t i = 0; i < ROW; i++) {
        if (i < count) {
            printf(" %02x", bytes[i]);
        } else {
            printf("   ");
        }
    }
    printf("  ");
    for (size_t i = 0; i < count; i++) {
        (void)putchar(isprint(bytes[i]) ? bytes[i] : '.');
    }
    printf("\n");
}

static void show(FILE *file) {
    unsigned char row[ROW];
    unsigned long offset = 0;
    size_t count = fread(row, 1, ROW, file);
    while (count != 0) {
        show_row(offset, row, count);
        offset += count;
        count = fread(row, 1, ROW, file);
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
            (void)fprintf(stderr, "hexdump: %s: not a file that can be read\n", argv[i]);
            missing++;
        } else {
            show(file);
            (void)fclose(file);
        }
    }
    return missing;
}
