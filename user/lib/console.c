/* SPDX-License-Identifier: MIT */
/*
 * Standard output and error: output to another program, if there is one that it was given for that; else
 * both are text to the terminal, if the program has it, or lines to the log. Each keeps a line of each
 * thread until it ends, is full, or is flushed; what a thread leaves without an end goes out with it, and
 * what the one that exits leaves, with the program. So threads need no lock, and mix no lines. Standard
 * input is what another program says, or what is typed, a line at a time and shown as it is typed; or it is
 * at its end from the start.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "abi/console.h"
#include "user/lib/console.h"
#include "user/lib/program.h"
#include "user/lib/system.h"

/* While there is no room for more text on its way to the terminal. */
#define PAUSE_MS 2

struct line {
    size_t length;
    char text[SYSCALL_LOG_WRITE_MAX];
};

static __thread struct line line_of_output, line_of_errors;

static struct line *line_of(const FILE *file) {
    return file == stdout ? &line_of_output : &line_of_errors;
}

static int64_t terminal_write(const char *text, size_t length) {
    int64_t status = system_console_write(program.terminal, text, length);
    while (status == STATUS_FULL) {
        (void)system_sleep_until(system_clock() + PAUSE_MS * program.clock_hz / 1000);
        status = system_console_write(program.terminal, text, length);
    }
    return status;
}

/* In pieces, each waiting for room. */
static int64_t output_write(const char *text, size_t length) {
    int64_t status = STATUS_OK;
    for (size_t done = 0; done < length && status == STATUS_OK;) {
        struct console_input *piece = (struct console_input *)system_message_area();
        const size_t rest = length - done;
        piece->count = (uint8_t)(rest < CONSOLE_INPUT_MAX ? rest : CONSOLE_INPUT_MAX);
        memcpy(piece->letters, text + done, piece->count);
        done += piece->count;
        status = system_mailbox_send(program.output, UINT64_MAX);
    }
    return status;
}

static bool is_for_program(const FILE *file) {
    return file == stdout && program.output != 0;
}

static int console_flush(FILE *file) {
    struct line *line = line_of(file);
    const size_t length = line->length;
    int64_t status = STATUS_OK;
    line->length = 0;
    if (is_for_program(file)) {
        status = output_write(line->text, length);
    } else if (length != 0 && program.terminal != 0) {
        status = terminal_write(line->text, length);
    } else if (length != 0 && program.console != 0) {
        status = system_log_write(program.console, line->text, length);
    }
    return status == STATUS_OK ? 0 : EOF;
}

static bool is_full(const struct line *line) {
    return line->length == SYSCALL_LOG_WRITE_MAX;
}

/* To the log a line goes without its end. */
static int console_put(char letter, FILE *file) {
    struct line *line = line_of(file);
    const bool is_end = letter == '\n';
    const bool is_text = program.terminal != 0 || is_for_program(file);
    int result = 0;
    if (is_full(line) || (is_end && !is_text)) {
        result = console_flush(file);
    }
    if (!is_end || is_text) {
        line->text[line->length++] = letter;
    }
    if (is_end && is_text) {
        result |= console_flush(file);
    }
    return result == 0 ? (unsigned char)letter : EOF;
}

static struct __file output =
    FDEV_SETUP_STREAM(console_put, NULL, console_flush, _FDEV_SETUP_WRITE);
static struct __file errors =
    FDEV_SETUP_STREAM(console_put, NULL, console_flush, _FDEV_SETUP_WRITE);

/* --- Input ------------------------------------------------------------------------------------ */

#define LINE_MAX     128
#define END_OF_INPUT (-1)
#define CTRL_D       4

static struct {
    char line[LINE_MAX];
    size_t length;
    size_t next;
    bool ended;
} typed;

/* The next letter of a mailbox, or END_OF_INPUT, for ever then. */
static int letter_get(uint64_t mailbox) {
    static struct console_input piece;
    static size_t next;
    static bool ended;
    if (next == piece.count && !ended) {
        ended = system_mailbox_receive(mailbox, UINT64_MAX) != STATUS_OK;
        piece = ended ? (struct console_input){0}
                      : *(const struct console_input *)system_message_area();
        ended = piece.count == 0;
        piece.count = piece.count < CONSOLE_INPUT_MAX ? piece.count : CONSOLE_INPUT_MAX;
        next = 0;
    }
    return ended ? END_OF_INPUT : (unsigned char)piece.letters[next++];
}

/* To the terminal, wherever the output goes. */
static void line_echo(const char *text) {
    (void)fputs(text, stderr);
    (void)fflush(stderr);
}

static void line_add(int letter) {
    const char text[2] = {(char)letter, 0};
    if ((letter == '\b' || letter == 0x7f) && typed.length != 0) {
        typed.length--;
        line_echo("\b \b");
    } else if (letter >= ' ' && letter <= '~' && typed.length < LINE_MAX - 1) {
        typed.line[typed.length++] = (char)letter;
        line_echo(text);
    }
}

static void line_get(void) {
    int letter = letter_get(program.input);
    typed.length = 0;
    typed.next = 0;
    (void)fflush(stdout);
    while (letter != '\r' && letter != '\n' && letter != CTRL_D && letter != END_OF_INPUT) {
        line_add(letter);
        letter = letter_get(program.input);
    }
    typed.ended = letter == END_OF_INPUT || letter == CTRL_D;
    if (!typed.ended) {
        typed.line[typed.length++] = '\n';
        line_echo("\n");
    }
}

static int console_get(FILE *file) {
    (void)file;
    if (program.source != 0) {
        const int letter = letter_get(program.source);
        return letter != END_OF_INPUT ? letter : _FDEV_EOF;
    }
    if (program.input == 0) {
        return _FDEV_EOF;
    }
    if (typed.next == typed.length && !typed.ended) {
        line_get();
    }
    return typed.next < typed.length ? (unsigned char)typed.line[typed.next++] : _FDEV_EOF;
}

static struct __file input = FDEV_SETUP_STREAM(NULL, console_get, NULL, _FDEV_SETUP_READ);

FILE *const stdin = &input;
FILE *const stdout = &output;
FILE *const stderr = &errors;

__attribute__((destructor)) void console_end(void) {
    (void)console_flush(stdout);
    (void)console_flush(stderr);
}
