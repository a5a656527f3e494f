/* SPDX-License-Identifier: MIT */
/*
 * What is typed, for a program: a thread serves the console's interrupt line and sends what came in
 * pieces to a mailbox. If nobody receives, the mailbox fills, then this thread waits, and its line stays
 * out of service: typing costs nothing then, whoever types, and what the device drops it counts.
 */
#define LOG_MODULE "console"

#include "kernel/console/console.h"

#include "abi/console.h"
#include "kernel/console/log.h"
#include "kernel/ipc/irq_line.h"
#include "kernel/ipc/mailbox_type.h"
#include "lib/bound.h"
#include "services/demo/demo.h"

#define PIECES 64

typedef struct console_input console_piece;

MAILBOX_TYPE(console_box, console_piece)
MAILBOX_STATIC(console_box, console_typed, PIECES);

struct mailbox *console_mailbox(void) {
    return &console_typed.mailbox;
}

/* What there is, one piece at most; its count is 0 if there is nothing. */
static console_piece piece_get(void) {
    console_piece piece = {0};
    BOUND_LOOP(letters, CONSOLE_INPUT_MAX);
    while (piece.count < CONSOLE_INPUT_MAX && console_try_get(&piece.letters[piece.count])) {
        BOUND_TURN(letters);
        piece.count++;
    }
    return piece;
}

void console_run(void *unused) {
    (void)unused;
    const uint32_t line = console_line();
    const struct irq_line_attributes attributes = {.priority = CONSOLE_PRIORITY};
    status_t status = irq_line_bind(line, &attributes, thread_self());
    if (status != STATUS_OK) {
        log_warn("no input: line %u: %s", line, status_name(status));
        return;
    }
    console_listen();
    while (status == STATUS_OK) {
        const console_piece piece = piece_get();
        status = piece.count != 0 ? console_box_send(&console_typed, &piece) : irq_wait(line);
    }
    log_warn("no more input: %s", status_name(status));
}
BOUND_STACK(console_run, 0);
