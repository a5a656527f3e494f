/* SPDX-License-Identifier: MIT */
/* Making, closing and destroying mailboxes: shapes refused, the heap empty, waiters at the end. */
#include "kernel/ipc/mailbox.h"

#include "kernel/ipc/mailbox_hold.h"
#include "tests/unit/kernel/ipc/mailbox_scenario.h"

TEST(shapes_that_cannot_be_are_refused) {
    struct mailbox shaped;
    uint64_t place[8];
    const uint64_t size = sizeof(place);
    EXPECT_EQ(mailbox_init(NULL, place, size, 8, 1), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(mailbox_init(&shaped, NULL, size, 8, 1), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(mailbox_init(&shaped, place, size, 0, 1), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_init(&shaped, place, size, 8, 0), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_init(&shaped, place, size, 8, 9), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_init(&shaped, place, 63, 8, 8), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_init(&shaped, place, size, CONFIG_MAILBOX_MESSAGE_MAX + 1, 1),
              STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_init(&shaped, place, UINT64_MAX, CONFIG_MAILBOX_MESSAGE_MAX + 1, 1),
              STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_init(&shaped, place, UINT64_MAX, UINT64_MAX, 1), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_init(&shaped, place, size, 16, UINT64_MAX / 8), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_init(&shaped, place, size, 2, UINT64_C(1) << 63), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_init(&shaped, place, size, 8, 8), STATUS_OK);
    EXPECT_EQ(mailbox_count(&shaped), 0);
}

static void create_and_use(void *unused) {
    (void)unused;
    struct mailbox *made = NULL;
    EXPECT_EQ(mailbox_create(0, 1, &made), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_create(CONFIG_MAILBOX_MESSAGE_MAX + 1, 1, &made), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_create(8, 0, &made), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_create(16, UINT64_MAX / 8, &made), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mailbox_create(1, UINT64_MAX, &made), STATUS_NO_MEMORY);
    EXPECT_EQ(mailbox_create(1, UINT64_MAX - sizeof(struct mailbox), &made), STATUS_NO_MEMORY);
    machine.heap_empty = true;
    EXPECT_EQ(mailbox_create(8, 4, &made), STATUS_NO_MEMORY);
    EXPECT(made == NULL);
    machine.heap_empty = false;
    EXPECT_EQ(machine.heap_live, 0);
    EXPECT_EQ(mailbox_create(24, 2, &made), STATUS_OK);
    EXPECT_EQ(machine.heap_live, 1);
    uint64_t message[3] = {1, 2, 3};
    EXPECT_EQ(mailbox_try_send(made, message), STATUS_OK);
    message[2] = 4;
    EXPECT_EQ(mailbox_try_send(made, message), STATUS_OK);
    EXPECT_EQ(mailbox_try_send(made, message), STATUS_WOULD_BLOCK);
    EXPECT_EQ(mailbox_try_receive(made, message), STATUS_OK);
    EXPECT_EQ(message[2], 3);
    mailbox_destroy(made);
    EXPECT_EQ(machine.heap_live, 0);
    note('e');
}

TEST(mailboxes_on_the_heap_come_and_go_and_an_empty_heap_is_an_answer) {
    machine_reset();
    trace_length = 0;
    machine_run(create_and_use, NULL, NULL);
    EXPECT_STRING(trace, "e");
}

/* It stays for whoever holds it, and says that it is closed. */
static void destroy_held(void *unused) {
    (void)unused;
    struct mailbox *made = NULL;
    uint64_t message = 5;
    EXPECT_EQ(mailbox_create(8, 2, &made), STATUS_OK);
    arch_irq_mask();
    mailbox_hold_irq(made);
    mailbox_hold_irq(made);
    EXPECT(!mailbox_let_go_irq(made)); /* the owner has it */
    arch_irq_unmask();
    EXPECT_EQ(mailbox_try_send(made, &message), STATUS_OK);
    mailbox_destroy(made);
    EXPECT_EQ(machine.heap_live, 1);
    EXPECT(mailbox_is_held(made));
    EXPECT_EQ(mailbox_try_send(made, &message), STATUS_CLOSED);
    EXPECT_EQ(mailbox_try_receive(made, &message), STATUS_OK);
    EXPECT_EQ(mailbox_try_receive(made, &message), STATUS_CLOSED);
    arch_irq_mask();
    EXPECT(mailbox_let_go_irq(made)); /* the last */
    arch_irq_unmask();
    mailbox_free(made);
    EXPECT_EQ(machine.heap_live, 0);
    note('h');
}

TEST(a_destroyed_mailbox_stays_until_nobody_holds_it) {
    machine_reset();
    trace_length = 0;
    machine_run(destroy_held, NULL, NULL);
    EXPECT_STRING(trace, "h");
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

/* --- Close ----------------------------------------------------------------------------------- */

static void close_drains(void *unused) {
    (void)unused;
    uint64_t message = 3;
    EXPECT_EQ(try_send(1), STATUS_OK);
    EXPECT_EQ(try_send(2), STATUS_OK);
    EXPECT_EQ(mailbox_close(&box), STATUS_OK);
    EXPECT_EQ(mailbox_close(&box), STATUS_CLOSED);
    EXPECT_EQ(try_send(3), STATUS_CLOSED);
    EXPECT_EQ(send_until(3, 0), STATUS_CLOSED);
    EXPECT_EQ(send_until(3, UINT64_MAX), STATUS_CLOSED);
    expect_receive(1);
    EXPECT_EQ(try_send(3), STATUS_CLOSED);
    EXPECT_EQ(mailbox_receive_until(&box, &message, INSTANT_NEVER), STATUS_OK);
    EXPECT_EQ(message, 2);
    EXPECT_EQ(mailbox_try_receive(&box, &message), STATUS_CLOSED);
    EXPECT_EQ(mailbox_receive_until(&box, &message, INSTANT_NEVER), STATUS_CLOSED);
    EXPECT_EQ(mailbox_receive_until(&box, &message, (instant_t){0}), STATUS_CLOSED);
    EXPECT_EQ(mailbox_close(&box), STATUS_CLOSED);
    note('e');
}

TEST(a_closed_mailbox_can_be_drained_and_refuses_the_rest) {
    play(4, close_drains);
    EXPECT_STRING(trace, "e");
}

static void close_with_receivers(void *unused) {
    (void)unused;
    spawn(receive_and_note, letter_a, 20);
    spawn(receive_and_note, letter_b, 40);
    spawn(receive_and_note, letter_c, 30);
    thread_sleep_ticks(10);
    EXPECT_EQ(mailbox_close(&box), STATUS_OK);
    note('.');
}

TEST(close_wakes_all_receivers) {
    play(1, close_with_receivers);
    EXPECT_STRING(trace, "bC.cCaC");
}

static void close_with_senders(void *unused) {
    (void)unused;
    next_message = 1;
    spawn(send_and_note, letter_a, 40);
    spawn(send_and_note, letter_b, 40);
    spawn(send_and_note, letter_c, 41);
    note('.');
    EXPECT_EQ(mailbox_close(&box), STATUS_OK);
    EXPECT_EQ(mailbox_count(&box), 1);
    expect_receive(1); /* what was sent before stays; what waited is not let in */
    uint64_t message;
    EXPECT_EQ(mailbox_try_receive(&box, &message), STATUS_CLOSED);
}

TEST(close_wakes_all_senders_and_keeps_what_was_sent) {
    play(1, close_with_senders);
    EXPECT_STRING(trace, "a+.cCbC");
}

/* Whoever runs while close() is at work, between its masked stretches, finds the mailbox closed: a
 * message must not get through after a refusal was seen. The intruder comes by a timed event into
 * the window. */
static bool closing;
static status_t intruder_send, intruder_receive, intruder_send_again;

static void intrude(void *unused) {
    (void)unused;
    uint64_t message = 0;
    thread_sleep_until((instant_t){1000});
    EXPECT(closing);
    intruder_send = box.count != 0 ? try_send(77) : STATUS_CLOSED;
    intruder_receive = mailbox_try_receive(&box, &message);
    intruder_send_again = try_send(78);
}

static void jump_while_closing(void) {
    if (closing && box.closed && hosted.now < 1000) {
        hosted.now = 1000;
    }
}

static void close_intruded(void *unused) {
    (void)unused;
    spawn(intrude, NULL, 60);
    spawn(receive_and_note, letter_a, 20);
    spawn(receive_and_note, letter_b, 20);
    spawn(receive_and_note, letter_c, 20);
    thread_sleep_ticks(10);
    closing = true;
    EXPECT_EQ(mailbox_close(&box), STATUS_OK);
    closing = false;
}

static void play_with_hook(uint64_t capacity, thread_entry entry) {
    trace_length = 0;
    trace[0] = '\0';
    closing = false;
    machine_reset();
    box_init(capacity);
    machine_watch(&box);
    machine.hooks.point = jump_while_closing;
    machine_run(entry, NULL, NULL);
}

TEST(no_message_gets_through_once_a_mailbox_is_closing) {
    play_with_hook(1, close_intruded);
    EXPECT_EQ(intruder_receive, STATUS_CLOSED);
    EXPECT_EQ(intruder_send_again, STATUS_CLOSED);
    EXPECT_STRING(trace, "aCbCcC");
}

static void close_senders_intruded(void *unused) {
    (void)unused;
    next_message = 1;
    spawn(intrude, NULL, 60);
    spawn(send_and_note, letter_a, 20);
    spawn(send_and_note, letter_b, 20);
    spawn(send_and_note, letter_c, 20);
    thread_sleep_ticks(10);
    closing = true;
    EXPECT_EQ(mailbox_close(&box), STATUS_OK);
    closing = false;
}

TEST(no_waiting_sender_is_let_in_once_a_mailbox_is_closing) {
    play_with_hook(1, close_senders_intruded);
    EXPECT_EQ(intruder_send, STATUS_CLOSED);
    EXPECT_EQ(intruder_receive, STATUS_OK); /* the one that was sent before */
    EXPECT_EQ(intruder_send_again, STATUS_CLOSED);
    EXPECT_EQ(mailbox_count(&box), 0);
    EXPECT_STRING(trace, "a+bCcC");
}

/* A higher thread woken by close() runs before close() goes on with lower waiters. */
static void close_is_not_a_delay(void *unused) {
    (void)unused;
    spawn(receive_and_note, letter_a, 40);
    for (unsigned i = 0; i < 5; i++) {
        spawn(receive_and_note, letter_b, 10);
    }
    thread_sleep_ticks(10);
    EXPECT_EQ(mailbox_close(&box), STATUS_OK);
}

static bool other_waiter_woken_first;

static void watch_close(const struct hosted_stretch *stretch, const struct frame *next) {
    unsigned ready = 0;
    for (uint32_t i = 0; i < CONFIG_THREAD_SLOTS; i++) {
        ready += thread_slots[i].state == THREAD_READY;
    }
    const struct prio_queue *queue = &arch_cpu_self()->ready;
    if (box.closed && !prio_queue_level_is_empty(queue, 40) && ready > 2) {
        other_waiter_woken_first = true;
    }
    machine_check(stretch, next);
}

TEST(the_first_waiter_that_close_wakes_does_not_wait_for_the_others) {
    trace_length = 0;
    other_waiter_woken_first = false;
    machine_reset();
    box_init(1);
    machine_watch(&box);
    machine.hooks.end = watch_close;
    machine_run(close_is_not_a_delay, NULL, NULL);
    EXPECT_EQ(trace_length, 12);
    EXPECT(!other_waiter_woken_first);
}
