/* SPDX-License-Identifier: MIT */
/* Waiting at a mailbox: who is served, with what, and in which order. */
#include "kernel/ipc/mailbox_type.h"
#include "tests/qemu/groups.h"

#define MAIN    CONFIG_MAIN_PRIORITY
#define WAITERS 5

MAILBOX_TYPE(letter_box, char)
MAILBOX_STATIC(letter_box, box, 2);

struct waiter {
    char letter; /* sends it, or has received it */
    char name;
    instant_t deadline;
    status_t status;
};

static struct waiter waiters[WAITERS];
static thread_id_t ids[WAITERS];

static void box_reset(void) {
    TAP_REQUIRE(letter_box_init(&box, box_storage, 2) == STATUS_OK, "a mailbox is made");
}

static void receives(void *argument) {
    struct waiter *self = argument;
    self->status = letter_box_recv_until(&box, &self->letter, self->deadline);
    trace_add(self->status == STATUS_OK ? self->name : '!');
}

static void sends(void *argument) {
    struct waiter *self = argument;
    self->status = letter_box_send_until(&box, &self->letter, self->deadline);
    trace_add(self->status == STATUS_OK ? self->name : '!');
}

static void start_waiters(thread_entry entry, const unsigned *priorities) {
    for (unsigned i = 0; i < WAITERS; i++) {
        waiters[i] = (struct waiter){(char)('A' + i), (char)('a' + i), INSTANT_NEVER, STATUS_BUSY};
        ids[i] = test_spawn(entry, &waiters[i], priorities[i]);
    }
}

static void join_waiters(void) {
    for (unsigned i = 0; i < WAITERS; i++) {
        test_join(ids[i]);
        TAP_EQ(waiters[i].status, STATUS_OK, "every waiter was served");
    }
}

static const unsigned equal_priorities[WAITERS] = {40, 40, 40, 40, 40};
static const unsigned mixed_priorities[WAITERS] = {40, 42, 41, 42, 40};

static void receivers_in_order(const unsigned *priorities, const char *order) {
    box_reset();
    trace_clear();
    start_waiters(receives, priorities);
    for (char letter = '1'; letter <= '5'; letter++) {
        TAP_EQ(letter_box_try_send(&box, &letter), STATUS_OK, "send to a waiter");
    }
    TAP_EQ(letter_box_count(&box), 0, "hand-off leaves nothing in the mailbox");
    join_waiters();
    TAP_TEXT(trace_text(), order, "receivers are served by priority, then first come");
    for (unsigned i = 0; i < WAITERS; i++) {
        char letter = waiters[order[i] - 'a'].letter;
        TAP_EQ(letter, '1' + (char)i, "each with the message sent for it");
    }
}

static void waiting_receivers(void) {
    receivers_in_order(equal_priorities, "abcde");
    receivers_in_order(mixed_priorities, "bdcae");
}

static void senders_in_order(const unsigned *priorities, const char *order) {
    char letter = 'x';
    box_reset();
    trace_clear();
    TAP_EQ(letter_box_try_send(&box, &(char){'1'}), STATUS_OK, "fill");
    TAP_EQ(letter_box_try_send(&box, &(char){'2'}), STATUS_OK, "fill");
    start_waiters(sends, priorities);
    TAP_EQ(letter_box_try_recv(&box, &letter), STATUS_OK, "receive the first");
    TAP_EQ(letter, '1', "which is the oldest");
    TAP_EQ(letter_box_count(&box), 2, "a waiting sender's message took its room");
    TAP_EQ(letter_box_recv(&box, &letter), STATUS_OK, "receive the second");
    for (unsigned i = 0; i < WAITERS; i++) {
        TAP_EQ(letter_box_recv(&box, &letter), STATUS_OK, "receive a waiter's");
        TAP_EQ(letter, order[i] - 'a' + 'A', "in order");
    }
    join_waiters();
    TAP_TEXT(trace_text(), order, "senders are served by priority, then first come");
    TAP_EQ(letter_box_try_recv(&box, &letter), STATUS_WOULD_BLOCK, "nothing is left");
}

static void waiting_senders(void) {
    senders_in_order(equal_priorities, "abcde");
    senders_in_order(mixed_priorities, "bdcae");
}

/* What was handed to a waiter is its own, though it has not run since: nobody overtakes it. */
static void waiting_hand_off(void) {
    char letter = 0;
    box_reset();
    waiters[0] = (struct waiter){0, 'a', INSTANT_NEVER, STATUS_BUSY};
    thread_id_t lower = test_spawn(receives, &waiters[0], MAIN - 1);
    test_settle();
    TAP_EQ(letter_box_try_send(&box, &(char){'m'}), STATUS_OK, "send to a lower waiter");
    TAP_EQ(letter_box_try_recv(&box, &letter), STATUS_WOULD_BLOCK, "the message is not there");
    TAP_EQ(letter_box_try_send(&box, &(char){'n'}), STATUS_OK, "a second one is kept");
    test_join(lower);
    TAP_EQ(waiters[0].letter, 'm', "the waiter has the first");
    TAP_EQ(letter_box_try_recv(&box, &letter), STATUS_OK, "main has the second");
    TAP_EQ(letter, 'n', "as sent");
}

static void waiting_sender_hand_off(void) {
    char letter = 0;
    box_reset();
    TAP_EQ(letter_box_try_send(&box, &(char){'1'}), STATUS_OK, "fill");
    TAP_EQ(letter_box_try_send(&box, &(char){'2'}), STATUS_OK, "fill");
    waiters[0] = (struct waiter){'s', 'a', INSTANT_NEVER, STATUS_BUSY};
    thread_id_t lower = test_spawn(sends, &waiters[0], MAIN - 1);
    test_settle();
    TAP_EQ(letter_box_try_recv(&box, &letter), STATUS_OK, "receive makes room");
    TAP_EQ(letter_box_try_send(&box, &(char){'t'}), STATUS_WOULD_BLOCK,
           "which is the lower waiting sender's, not anybody's");
    test_join(lower);
    TAP_EQ(letter_box_try_recv(&box, &letter), STATUS_OK, "receive");
    TAP_EQ(letter_box_try_recv(&box, &letter), STATUS_OK, "receive");
    TAP_EQ(letter, 's', "the waiting sender's came last");
}

/* A thread whose wait ended and which is gone is no waiter:
 * the next message stays in the mailbox. */
static void waiting_nobody_left(void) {
    char letter = 0;
    box_reset();
    waiters[0] = (struct waiter){0, 'a', time_after(time_us(50)), STATUS_BUSY};
    test_join(test_spawn(receives, &waiters[0], MAIN + 1));
    TAP_EQ(waiters[0].status, STATUS_TIMED_OUT, "a waiter times out and ends");
    TAP_EQ(letter_box_try_send(&box, &(char){'k'}), STATUS_OK, "send");
    TAP_EQ(letter_box_count(&box), 1, "the message is kept");
    TAP_EQ(letter_box_try_recv(&box, &letter), STATUS_OK, "for whoever comes");
    TAP_EQ(letter, 'k', "as sent");
}

static void echoes(void *argument) {
    struct letter_box *answers = argument;
    char letter;
    while (letter_box_recv(&box, &letter) == STATUS_OK) {
        letter++;
        if (letter_box_send(answers, &letter) != STATUS_OK) {
            trace_add('!');
        }
    }
}

static void waiting_ping_pong(void) {
    MAILBOX_STATIC(letter_box, answers, 1);
    static const unsigned priorities[] = {MAIN + 1, MAIN, MAIN - 1};
    for (unsigned p = 0; p < ARRAY_SIZE(priorities); p++) {
        unsigned wrong = 0;
        box_reset();
        TAP_REQUIRE(letter_box_init(&answers, answers_storage, 1) == STATUS_OK, "a second mailbox");
        thread_id_t id = test_spawn(echoes, &answers, priorities[p]);
        for (unsigned i = 0; i < 1000; i++) {
            char sent = (char)(i % 100);
            char answer = 0;
            bool ok = letter_box_send(&box, &sent) == STATUS_OK &&
                      letter_box_recv(&answers, &answer) == STATUS_OK;
            wrong += !ok || answer != sent + 1;
        }
        letter_box_close(&box);
        test_join(id);
        TAP_EQ(wrong, 0, "1,000 round trips with a higher, an equal and a lower thread");
    }
    TAP_TEXT(trace_text(), "", "and no answer refused");
}

static const struct test_case waiting_cases[] = {
    {"waiting_receivers", waiting_receivers, TEST_ALWAYS},
    {"waiting_senders", waiting_senders, TEST_ALWAYS},
    {"waiting_hand_off", waiting_hand_off, TEST_ALWAYS},
    {"waiting_sender_hand_off", waiting_sender_hand_off, TEST_ALWAYS},
    {"waiting_nobody_left", waiting_nobody_left, TEST_EXACT},
    {"waiting_ping_pong", waiting_ping_pong, TEST_ALWAYS},
};
TEST_GROUP(waiting);
