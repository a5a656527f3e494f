/* SPDX-License-Identifier: MIT */
/* Bytes from the mailbox of what is typed. Those that come while a program runs wait in a ring for the
 * next line: so a Ctrl-C is seen at once, whatever stands before it. */
#include <string.h>

#include "abi/console.h"
#include "user/lib/program.h"
#include "user/lib/system.h"
#include "user/shell/shell.h"

#define AHEAD_MAX 4096

static struct {
    char letters[AHEAD_MAX];
    size_t first;
    size_t count;
} ahead;

/* There is room. */
static void ahead_put(char letter) {
    ahead.letters[(ahead.first + ahead.count++) % AHEAD_MAX] = letter;
}

/* One piece, if it comes until then. */
static int64_t piece_take(uint64_t deadline) {
    const int64_t status = system_mailbox_receive(program.input, deadline);
    if (status == STATUS_OK) {
        const struct console_input *piece = (const struct console_input *)SYSCALL_MESSAGE_AREA;
        for (unsigned i = 0; i < piece->count && i < CONSOLE_INPUT_MAX; i++) {
            ahead_put(piece->letters[i]);
        }
    }
    return status;
}

int input_key(uint64_t deadline) {
    if (ahead.count == 0) {
        const int64_t status = piece_take(deadline);
        if (status != STATUS_OK) {
            return status == STATUS_TIMED_OUT ? KEY_NONE : KEY_CLOSED;
        }
    }
    const char letter = ahead.letters[ahead.first];
    ahead.first = (ahead.first + 1) % AHEAD_MAX;
    ahead.count--;
    return (unsigned char)letter;
}

/* Whether there is a Ctrl-C: what is before it is forgotten, and it too. */
static bool interrupt_find(void) {
    for (size_t i = ahead.count; i > 0; i--) {
        if (ahead.letters[(ahead.first + i - 1) % AHEAD_MAX] == KEY_CTRL_C) {
            ahead.first = (ahead.first + i) % AHEAD_MAX;
            ahead.count -= i;
            return true;
        }
    }
    return false;
}

/* When the ring is full, what comes waits in the mailbox, and behind that in the device. */
bool input_interrupted(void) {
    while (ahead.count + CONSOLE_INPUT_MAX <= AHEAD_MAX && piece_take(0) == STATUS_OK) {
    }
    return interrupt_find();
}
