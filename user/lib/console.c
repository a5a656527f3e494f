/* SPDX-License-Identifier: MIT */
/*
 * Standard output and error: lines to the handle that the program was given for it. Each keeps its
 * own line until it ends, is full, or is flushed; what a program leaves without an end goes out with
 * its exit. Standard input is at its end from the start.
 */
#include <stdio.h>

#include "user/lib/program.h"
#include "user/lib/system.h"

struct console {
    struct __file file; /* first: a stream is known by it */
    size_t length;
    char line[SYSCALL_LOG_WRITE_MAX];
};

static int console_flush(FILE *file) {
    struct console *console = (struct console *)file;
    const size_t length = console->length;
    console->length = 0;
    if (length == 0 || program.console == 0) {
        return 0;
    }
    return system_log_write(program.console, console->line, length) == STATUS_OK ? 0 : EOF;
}

static int console_put(char letter, FILE *file) {
    struct console *console = (struct console *)file;
    int result = 0;
    if (letter == '\n' || console->length == SYSCALL_LOG_WRITE_MAX) {
        result = console_flush(file);
    }
    if (letter != '\n') {
        console->line[console->length++] = letter;
    }
    return result == 0 ? (unsigned char)letter : EOF;
}

static int console_get(FILE *file) {
    (void)file;
    return _FDEV_EOF;
}

static struct console output = {
    .file = FDEV_SETUP_STREAM(console_put, NULL, console_flush, _FDEV_SETUP_WRITE)};
static struct console errors = {
    .file = FDEV_SETUP_STREAM(console_put, NULL, console_flush, _FDEV_SETUP_WRITE)};
static struct __file input = FDEV_SETUP_STREAM(NULL, console_get, NULL, _FDEV_SETUP_READ);

FILE *const stdin = &input;
FILE *const stdout = &output.file;
FILE *const stderr = &errors.file;

__attribute__((destructor)) static void console_end(void) {
    (void)console_flush(stdout);
    (void)console_flush(stderr);
}
