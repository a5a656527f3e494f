/* SPDX-License-Identifier: MIT */
/* Closing a mailbox: all who wait are told, nothing more comes in, what is in comes out. */
#include "kernel/ipc/mailbox_type.h"
#include "tests/qemu/groups.h"

#define MAIN    CONFIG_MAIN_PRIORITY
#define WAITERS 4

MAILBOX_TYPE(letter_box, char)
MAILBOX_STATIC(letter_box, box, 2);

static struct letter_box *waited_for;
static status_t statuses[WAITERS];

static void box_reset(void) {
    TAP_REQUIRE(letter_box_init(&box, box_storage, 2) == STATUS_OK, "a mailbox is made");
    waited_for = &box;
}

static void receives(void *argument) {
    status_t *status = argument;
    char letter = 'u';
    *status = letter_box_recv(waited_for, &letter);
    trace_add(letter);
}

static void receives_timed(void *argument) {
    status_t *status = argument;
    char letter = 't';
    *status = letter_box_recv_ms(waited_for, &letter, 1);
    trace_add(letter);
}

static void sends(void *argument) {
    status_t *status = argument;
    *status = letter_box_send(waited_for, &(char){'s'});
    trace_add('s');
}

static void start(thread_id_t *ids, thread_entry entry, unsigned priority) {
    for (unsigned i = 0; i < WAITERS; i++) {
        statuses[i] = STATUS_BUSY;
        ids[i] = test_spawn(entry, &statuses[i], priority);
    }
    test_settle(); /* lower ones too have come to wait */
}

static void all_closed(const thread_id_t *ids) {
    for (unsigned i = 0; i < WAITERS; i++) {
        test_join(ids[i]);
        TAP_EQ(statuses[i], STATUS_CLOSED, "a waiter is woken with CLOSED");
    }
}

static void closing_receivers(void) {
    static const unsigned priorities[] = {MAIN + 1, MAIN, MAIN - 1};
    for (unsigned p = 0; p < ARRAY_SIZE(priorities); p++) {
        thread_id_t ids[WAITERS];
        box_reset();
        trace_clear();
        start(ids, receives, priorities[p]);
        trace_add('1');
        TAP_EQ(letter_box_close(&box), STATUS_OK, "close");
        trace_add('2');
        all_closed(ids);
        TAP_TEXT(trace_text(), priorities[p] > MAIN ? "1uuuu2" : "12uuuu",
                 "without a message, higher ones before close returns");
    }
}

static void closing_timed_receivers(void) {
    thread_id_t ids[WAITERS];
    box_reset();
    start(ids, receives_timed, MAIN + 1);
    TAP_EQ(letter_box_close(&box), STATUS_OK, "close");
    all_closed(ids);
    thread_sleep_ms(2);
    TAP_TEXT(trace_text(), "tttt", "their timeouts are gone with the waits");
}

static void closing_senders(void) {
    thread_id_t ids[WAITERS];
    char letter = 0;
    box_reset();
    TAP_EQ(letter_box_try_send(&box, &(char){'a'}), STATUS_OK, "fill");
    TAP_EQ(letter_box_try_send(&box, &(char){'b'}), STATUS_OK, "fill");
    start(ids, sends, MAIN + 1);
    TAP_EQ(letter_box_close(&box), STATUS_OK, "close");
    all_closed(ids);
    TAP_EQ(letter_box_recv(&box, &letter), STATUS_OK, "what was in the mailbox comes out");
    TAP_EQ(letter, 'a', "oldest first");
    TAP_EQ(letter_box_try_recv(&box, &letter), STATUS_OK, "all of it");
    TAP_EQ(letter, 'b', "to the last");
    TAP_EQ(letter_box_try_recv(&box, &letter), STATUS_CLOSED, "and nothing of the waiting senders");
}

static void closing_refuses(void) {
    char letter = 0;
    box_reset();
    TAP_EQ(letter_box_try_send(&box, &(char){'a'}), STATUS_OK, "a message");
    TAP_EQ(letter_box_close(&box), STATUS_OK, "close");
    TAP_EQ(letter_box_close(&box), STATUS_CLOSED, "close: twice");
    TAP_EQ(letter_box_try_send(&box, &letter), STATUS_CLOSED, "try_send: closed, though not full");
    TAP_EQ(letter_box_send(&box, &letter), STATUS_CLOSED, "send: closed");
    TAP_EQ(letter_box_send_ms(&box, &letter, 1), STATUS_CLOSED, "send_ms: closed");
    TAP_EQ(letter_box_count(&box), 1, "what is in stays");
    TAP_EQ(letter_box_recv_ms(&box, &letter, 1), STATUS_OK, "recv: a message from before");
    TAP_EQ(letter_box_recv(&box, &letter), STATUS_CLOSED, "recv: closed and empty, does not wait");
    TAP_EQ(letter_box_recv_ms(&box, &letter, 1), STATUS_CLOSED, "recv_ms: closed and empty");
    TAP_EQ(letter_box_recv_until(&box, &letter, (instant_t){0}), STATUS_CLOSED,
           "recv_until the past: closed rather than timed out");
}

static void closing_by_destroy(void) {
    thread_id_t ids[WAITERS];
    TAP_REQUIRE(letter_box_create(2, &waited_for) == STATUS_OK, "a mailbox is created");
    start(ids, receives, MAIN - 1);
    letter_box_destroy(waited_for);
    all_closed(ids);
    TAP_TEXT(trace_text(), "uuuu", "destroying wakes all who wait");
}

static const struct test_case closing_cases[] = {
    {"closing_receivers", closing_receivers, TEST_ALWAYS},
    {"closing_timed_receivers", closing_timed_receivers, TEST_EXACT},
    {"closing_senders", closing_senders, TEST_ALWAYS},
    {"closing_refuses", closing_refuses, TEST_ALWAYS},
    {"closing_by_destroy", closing_by_destroy, TEST_ALWAYS},
};
TEST_GROUP(closing);
