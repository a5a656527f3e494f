/* SPDX-License-Identifier: MIT */
/* The console's device and the bounded wait for it. The table is constant after console_init(). */
#include "kernel/console/console.h"

#include "lib/bound.h"

static struct console_device console;
static uint32_t input_line; /* constant after boot */
/* The device did not take the last character in time.
 * Any context may write it: it is a hint only. */
static bool stalled;

void console_init(const struct console_device *device) {
    console = *device;
    stalled = false;
}

bool console_is_ready(void) {
    return console.try_put != NULL;
}

bool console_try_put(char letter) {
    if (!console_is_ready()) {
        return true;
    }
    return BOUND_CALLED(console_try_put, console.try_put)(letter);
}

bool console_put(char letter) {
    unsigned polls = stalled ? 1 : CONSOLE_POLLS_MAX;
    BOUND_LOOP(polls, CONSOLE_POLLS_MAX);
    for (unsigned i = 0; i < polls; i++) {
        BOUND_TURN(polls);
        if (console_try_put(letter)) {
            stalled = false;
            return true;
        }
    }
    stalled = true;
    return false;
}

void console_write(const char *text, size_t length) {
    BOUND_LOOP(letters, CONSOLE_WRITE_MAX);
    for (size_t i = 0; i < length && i < CONSOLE_WRITE_MAX; i++) {
        BOUND_TURN(letters);
        console_put(text[i]);
    }
}

void console_set_line(uint32_t line) {
    input_line = line;
}

uint32_t console_line(void) {
    return input_line;
}

void console_listen(void) {
    if (console.listen != NULL) {
        BOUND_CALLED(console_listen, console.listen)();
    }
}

bool console_try_get(char *letter) {
    return console.try_get != NULL && BOUND_CALLED(console_try_get, console.try_get)(letter);
}

uint64_t console_overruns(void) {
    return console.overruns != NULL ? BOUND_CALLED(console_overruns, console.overruns)() : 0;
}

void console_flush(void) {
    if (console_is_ready()) {
        BOUND_CALLED(console_flush, console.flush)();
    }
}
