/* SPDX-License-Identifier: MIT */
/* What tests of mailboxes share: one mailbox of 64-bit messages, and threads that
 * send and receive. */
#ifndef TESTS_UNIT_KERNEL_IPC_MAILBOX_SCENARIO_H
#define TESTS_UNIT_KERNEL_IPC_MAILBOX_SCENARIO_H

#include "kernel/ipc/mailbox.h"
#include "tests/unit/kernel/scenario.h"

static struct mailbox box;
static uint64_t storage[4];

MAYBE_UNUSED static void box_init(uint64_t capacity) {
    EXPECT_EQ(mailbox_init(&box, storage, sizeof(storage), sizeof(uint64_t), capacity), STATUS_OK);
}

MAYBE_UNUSED static void play(uint64_t capacity, thread_entry entry) {
    trace_length = 0;
    trace[0] = '\0';
    machine_reset();
    box_init(capacity);
    machine_watch(&box);
    machine_run(entry, NULL, NULL);
}

MAYBE_UNUSED static status_t try_send(uint64_t message) {
    return mailbox_try_send(&box, &message);
}

MAYBE_UNUSED static status_t send_until(uint64_t message, uint64_t deadline) {
    return mailbox_send_until(&box, &message, (instant_t){deadline});
}

MAYBE_UNUSED static void expect_receive(uint64_t expected) {
    uint64_t message = 0;
    EXPECT_EQ(mailbox_try_receive(&box, &message), STATUS_OK);
    EXPECT_EQ(message, expected);
}

MAYBE_UNUSED static void receive_and_note(void *argument) {
    uint64_t message = 0;
    status_t status = mailbox_receive_until(&box, &message, INSTANT_NEVER);
    note(*(const char *)argument);
    note(status == STATUS_OK ? (char)('0' + message) : status == STATUS_CLOSED ? 'C' : '?');
}

static uint64_t next_message;

MAYBE_UNUSED static void send_and_note(void *argument) {
    uint64_t message = next_message++;
    status_t status = mailbox_send_until(&box, &message, INSTANT_NEVER);
    note(*(const char *)argument);
    note(status == STATUS_OK ? '+' : status == STATUS_CLOSED ? 'C' : '?');
}

MAYBE_UNUSED static char letter_a[] = "a", letter_b[] = "b", letter_c[] = "c", letter_d[] = "d";

#endif
