/* SPDX-License-Identifier: MIT */
/* Lines for the console, whole. */
#include "tests/qemu/output.h"

#include "kernel/console/console.h"

#define LINE_MAX 240

static char line[LINE_MAX];
static unsigned length;

static void output_char(char letter) {
    if (length < LINE_MAX - 2) { /* room for the end of the line */
        line[length++] = letter;
    }
}

void output_begin(void) {
    length = 0;
    /* The log's thread may have stopped within a line of its own:
     * a return makes ours begin a line. */
    output_char('\r');
}

void output_text(const char *text) {
    while (*text != '\0') {
        output_char(*text++);
    }
}

void output_number(int64_t value) {
    char digits[20];
    unsigned count = 0;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    if (value < 0) {
        output_char('-');
    }
    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    while (count > 0) {
        output_char(digits[--count]);
    }
}

void output_end(void) {
    line[length++] = '\r';
    line[length++] = '\n';
    console_write(line, length);
}
