/* SPDX-License-Identifier: MIT */
/* The console's device and the bounded wait for it. The table is constant after console_init(). */
#include "kernel/console/console.h"

#include "lib/bound.h"

static struct console_device console;
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

void console_flush(void) {
    if (console_is_ready()) {
        BOUND_CALLED(console_flush, console.flush)();
    }
}
