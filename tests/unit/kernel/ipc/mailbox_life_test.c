/* SPDX-License-Identifier: MIT */
/* Making and destroying mailboxes: shapes refused, the heap empty, waiters at the end. */
#include "kernel/ipc/mailbox.h"

#include "tests/unit/kernel/scenario.h"

static uint64_t storage[8];

TEST(shapes_that_cannot_be_are_refused) {
    struct mailbox box;
    const uint64_t size = sizeof(storage);
    EXPECT_EQ(mailbox_init(NULL, storage, size, 8, 1), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(mailbox_init(&box, NULL, size, 8, 1), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(mailbox_init(&box, storage, size, 0, 1), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_init(&box, storage, size, 8, 0), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_init(&box, storage, size, 8, 9), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_init(&box, storage, 63, 8, 8), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_init(&box, storage, size, CONFIG_MAILBOX_MESSAGE_MAX + 1, 1),
              STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_init(&box, storage, UINT64_MAX, CONFIG_MAILBOX_MESSAGE_MAX + 1, 1),
              STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_init(&box, storage, UINT64_MAX, UINT64_MAX, 1), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_init(&box, storage, size, 16, UINT64_MAX / 8), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_init(&box, storage, size, 2, UINT64_C(1) << 63), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_init(&box, storage, size, 8, 8), STATUS_OK);
    EXPECT_EQ(mailbox_count(&box), 0);
}

static void create_and_use(void *unused) {
    (void)unused;
    struct mailbox *box = NULL;
    EXPECT_EQ(mailbox_create(0, 1, &box), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_create(CONFIG_MAILBOX_MESSAGE_MAX + 1, 1, &box), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_create(8, 0, &box), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_create(16, UINT64_MAX / 8, &box), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_create(1, UINT64_MAX, &box), STATUS_NO_MEMORY);
    EXPECT_EQ(mailbox_create(1, UINT64_MAX - sizeof(struct mailbox), &box), STATUS_NO_MEMORY);
    machine.heap_empty = true;
    EXPECT_EQ(mailbox_create(8, 4, &box), STATUS_NO_MEMORY);
    EXPECT(box == NULL);
    machine.heap_empty = false;
    EXPECT_EQ(machine.heap_live, 0);
    EXPECT_EQ(mailbox_create(24, 2, &box), STATUS_OK);
    EXPECT_EQ(machine.heap_live, 1);
    uint64_t message[3] = {1, 2, 3};
    EXPECT_EQ(mailbox_try_send(box, message), STATUS_OK);
    message[2] = 4;
    EXPECT_EQ(mailbox_try_send(box, message), STATUS_OK);
    EXPECT_EQ(mailbox_try_send(box, message), STATUS_WOULD_BLOCK);
    EXPECT_EQ(mailbox_try_receive(box, message), STATUS_OK);
    EXPECT_EQ(message[2], 3);
    mailbox_destroy(box);
    EXPECT_EQ(machine.heap_live, 0);
    note('e');
}

TEST(mailboxes_on_the_heap_come_and_go_and_an_empty_heap_is_an_answer) {
    machine_reset();
    trace_length = 0;
    machine_run(create_and_use, NULL, NULL);
    EXPECT_STRING(trace, "e");
}

/* The waiters of a destroyed mailbox run after it is gone, or before: neither may touch it. */
static struct mailbox *doomed;

static void receive_doomed(void *unused) {
    (void)unused;
    uint64_t message;
    note(mailbox_receive_until(doomed, &message, (instant_t){1000}) == STATUS_CLOSED ? 'C' : '?');
}

static void send_doomed(void *unused) {
    (void)unused;
    uint64_t message = 1;
    note(mailbox_send_until(doomed, &message, INSTANT_NEVER) == STATUS_CLOSED ? 'C' : '+');
}

static void destroy_with_waiters(void *unused) {
    (void)unused;
    EXPECT_EQ(mailbox_create(8, 1, &doomed), STATUS_OK);
    spawn(receive_doomed, NULL, 10);
    spawn(receive_doomed, NULL, 40);
    thread_sleep_ticks(10);
    mailbox_destroy(doomed);
    EXPECT_EQ(machine.heap_live, 0);
    note('.');
    thread_sleep_ticks(10);
    EXPECT_EQ(hosted.compare, UINT64_MAX);
    EXPECT_EQ(mailbox_create(8, 1, &doomed), STATUS_OK);
    spawn(send_doomed, NULL, 10);
    spawn(send_doomed, NULL, 40);
    thread_sleep_ticks(10);
    mailbox_destroy(doomed);
    note('.');
}

TEST(waiters_of_a_destroyed_mailbox_are_woken_and_do_not_touch_it) {
    machine_reset();
    trace_length = 0;
    machine_run(destroy_with_waiters, NULL, NULL);
    EXPECT_STRING(trace, "C.C+.C");
    EXPECT_EQ(machine.heap_live, 0);
}
