/* SPDX-License-Identifier: MIT */
/* Bytes from the mailbox of what is typed. Those that come while a program runs wait in a ring for the
 * next line: so a Ctrl-C is seen at once, whatever stands before it. */
#include <string.h>

#include "abi/console.h"
#include "user/lib/program.h"
#include "user/lib/system.h"
#include "user/shell/shell.h"

#define CTRL_D    4
#define AHEAD_MAX 4096
#define BACK_MAX  (32 * CONSOLE_INPUT_MAX) /* what a program that reads it may give back */
#define TAKEN_MAX (AHEAD_MAX - BACK_MAX - CONSOLE_INPUT_MAX)

static struct {
    char letters[AHEAD_MAX];
    size_t first;
    size_t count;
} ahead;

/* There is room. */
static void ahead_put(char letter) {
    ahead.letters[(ahead.first + ahead.count++) % AHEAD_MAX] = letter;
}

static char ahead_get(void) {
    const char letter = ahead.letters[ahead.first];
    ahead.first = (ahead.first + 1) % AHEAD_MAX;
    ahead.count--;
    return letter;
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
    return (unsigned char)ahead_get();
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
    while (ahead.count <= TAKEN_MAX && piece_take(0) == STATUS_OK) {
    }
    return interrupt_find();
}

static void ahead_put_back(char letter) {
    ahead.first = (ahead.first + AHEAD_MAX - 1) % AHEAD_MAX;
    ahead.letters[ahead.first] = letter;
    ahead.count++;
}

static bool is_end(char letter) {
    return letter == '\n' || letter == '\r' || letter == CTRL_D;
}

/* A piece of the ring: what is behind an end is for who reads next. */
static struct console_input piece_make(void) {
    struct console_input piece = {0};
    char letter = 0;
    while (ahead.count != 0 && piece.count < CONSOLE_INPUT_MAX && !is_end(letter)) {
        letter = ahead_get();
        piece.letters[piece.count++] = letter;
    }
    return piece;
}

static void piece_put_back(const struct console_input *piece) {
    for (unsigned i = piece->count; i > 0; i--) {
        ahead_put_back(piece->letters[i - 1]);
    }
}

void input_forward(uint64_t mailbox) {
    struct console_input *area = (struct console_input *)SYSCALL_MESSAGE_AREA;
    while (ahead.count != 0) {
        const struct console_input piece = piece_make();
        *area = piece;
        if (system_mailbox_send(mailbox, 0) != STATUS_OK) {
            piece_put_back(&piece);
            return;
        }
    }
}

/* The last piece is put back first. */
void input_take_back(uint64_t mailbox) {
    struct console_input pieces[BACK_MAX / CONSOLE_INPUT_MAX];
    unsigned count = 0;
    while (count < sizeof pieces / sizeof pieces[0] &&
           system_mailbox_receive(mailbox, 0) == STATUS_OK) {
        pieces[count++] = *(const struct console_input *)SYSCALL_MESSAGE_AREA;
    }
    while (count != 0) {
        piece_put_back(&pieces[--count]);
    }
}
