/* SPDX-License-Identifier: MIT */
/* Sending and receiving: statuses, order of messages and waiters, hand-off, deadlines. */
#include "kernel/ipc/mailbox.h"

#include "tests/unit/kernel/ipc/mailbox_scenario.h"

#define MAIN CONFIG_MAIN_PRIORITY

/* --- Without waiting -------------------------------------------------------------------------- */

static void try_all(void *unused) {
    (void)unused;
    uint64_t message = 42;
    EXPECT_EQ(mailbox_try_receive(&box, &message), STATUS_WOULD_BLOCK);
    EXPECT_EQ(message, 42);
    for (unsigned round = 0; round < 10; round++) {
        for (uint64_t i = 0; i < 3; i++) {
            EXPECT_EQ(mailbox_count(&box), i);
            EXPECT_EQ(try_send(round * 10 + i), STATUS_OK);
        }
        EXPECT_EQ(try_send(999), STATUS_WOULD_BLOCK);
        expect_receive(round * 10);
        EXPECT_EQ(try_send(round * 10 + 3), STATUS_OK);
        for (uint64_t i = 1; i < 4; i++) {
            expect_receive(round * 10 + i);
        }
        EXPECT_EQ(mailbox_try_receive(&box, &message), STATUS_WOULD_BLOCK);
    }
    EXPECT_EQ(mailbox_count(&box), 0);
    note('e');
}

TEST(messages_come_in_order_and_full_and_empty_say_so) {
    play(3, try_all);
    EXPECT_STRING(trace, "e");
}

static void try_with_deadlines(void *unused) {
    (void)unused;
    uint64_t message = 7;
    hosted_step(100);
    EXPECT_EQ(mailbox_receive_until(&box, &message, (instant_t){0}), STATUS_TIMED_OUT);
    EXPECT_EQ(mailbox_receive_until(&box, &message, (instant_t){99}), STATUS_TIMED_OUT);
    EXPECT_EQ(mailbox_receive_until(&box, &message, (instant_t){100}), STATUS_TIMED_OUT);
    EXPECT_EQ(hosted.now, 100);
    EXPECT_EQ(message, 7);
    EXPECT_EQ(send_until(1, 0), STATUS_OK); /* a past deadline still tries once */
    EXPECT_EQ(send_until(2, 0), STATUS_TIMED_OUT);
    EXPECT_EQ(send_until(2, 100), STATUS_TIMED_OUT);
    EXPECT_EQ(hosted.now, 100);
    EXPECT_EQ(send_until(2, 150), STATUS_TIMED_OUT);
    EXPECT_EQ(hosted.now, 150);
    EXPECT_EQ(mailbox_receive_until(&box, &message, (instant_t){0}), STATUS_OK);
    EXPECT_EQ(message, 1);
    EXPECT_EQ(mailbox_receive_until(&box, &message, (instant_t){200}), STATUS_TIMED_OUT);
    EXPECT_EQ(hosted.now, 200);
    EXPECT_EQ(mailbox_receive_until(&box, &message, (instant_t){UINT64_MAX - 1}), STATUS_TIMED_OUT);
    EXPECT_EQ(hosted.now, UINT64_MAX - 1);
    note('e');
}

TEST(deadlines_past_near_and_at_the_end_of_time) {
    play(1, try_with_deadlines);
    EXPECT_STRING(trace, "e");
    EXPECT_EQ(hosted.compare, UINT64_MAX);
}

/* --- Waiters: by priority, then in order ----------------------------------------------------- */

static void four_receivers(void *unused) {
    (void)unused;
    spawn(receive_and_note, letter_a, 40);
    spawn(receive_and_note, letter_b, 50);
    spawn(receive_and_note, letter_c, 40);
    spawn(receive_and_note, letter_d, 50);
    for (uint64_t i = 1; i <= 4; i++) {
        EXPECT_EQ(try_send(i), STATUS_OK);
        EXPECT_EQ(mailbox_count(&box), 0);
        note('.');
    }
}

TEST(receivers_are_served_by_priority_then_in_order_and_preempt_the_sender) {
    play(3, four_receivers);
    EXPECT_STRING(trace, "b1.d2.a3.c4.");
}

static void four_receivers_below(void *unused) {
    (void)unused;
    spawn(receive_and_note, letter_a, 10);
    spawn(receive_and_note, letter_b, 20);
    spawn(receive_and_note, letter_c, 10);
    thread_sleep_ticks(10);
    for (uint64_t i = 1; i <= 3; i++) {
        EXPECT_EQ(try_send(i), STATUS_OK);
        EXPECT_EQ(mailbox_count(&box),
                  0); /* handed over: the receiver has it, though it has not run */
    }
    uint64_t message;
    EXPECT_EQ(mailbox_try_receive(&box, &message), STATUS_WOULD_BLOCK);
    note('.');
}

TEST(a_message_handed_over_cannot_be_taken_by_another) {
    play(3, four_receivers_below);
    EXPECT_STRING(trace, ".b1a2c3");
}

static void four_senders(void *unused) {
    (void)unused;
    next_message = 1;
    spawn(send_and_note, letter_a, 40); /* 1: into the ring */
    spawn(send_and_note, letter_b, 40); /* 2 */
    spawn(send_and_note, letter_c, 50); /* 3 */
    spawn(send_and_note, letter_d, 40); /* 4 */
    note('.');
    expect_receive(1);
    EXPECT_EQ(mailbox_count(&box), 1);
    expect_receive(3);
    expect_receive(2);
    EXPECT_EQ(mailbox_count(&box), 1);
    expect_receive(4);
    EXPECT_EQ(mailbox_count(&box), 0);
}

TEST(senders_are_let_in_by_priority_then_in_order) {
    play(1, four_senders);
    EXPECT_STRING(trace, "a+.c+b+d+");
}

static void senders_below(void *unused) {
    (void)unused;
    next_message = 1;
    spawn(send_and_note, letter_a, 10);
    spawn(send_and_note, letter_b, 10);
    spawn(send_and_note, letter_c, 10);
    thread_sleep_ticks(10);
    expect_receive(1);
    EXPECT_EQ(mailbox_count(&box), 2); /* c's is in, though c has not run */
    EXPECT_EQ(try_send(9), STATUS_WOULD_BLOCK);
    note('.');
    expect_receive(2);
    expect_receive(3);
}

TEST(the_room_made_belongs_to_the_waiting_sender) {
    play(2, senders_below);
    EXPECT_STRING(trace, "a+b+.c+");
}

/* --- Timeouts while waiting ------------------------------------------------------------------ */

static void receive_until_100_then_500(void *unused) {
    (void)unused;
    uint64_t message = 0;
    EXPECT_EQ(mailbox_receive_until(&box, &message, (instant_t){100}), STATUS_OK);
    EXPECT_EQ(message, 1);
    EXPECT_EQ(hosted.now, 50);
    EXPECT_EQ(mailbox_receive_until(&box, &message, (instant_t){500}), STATUS_TIMED_OUT);
    EXPECT_EQ(hosted.now, 500); /* and not at 100 */
    note('e');
}

static void wake_before_the_timeout(void *unused) {
    (void)unused;
    spawn(receive_until_100_then_500, NULL, 40);
    EXPECT_EQ(hosted.compare, 100);
    thread_sleep_until((instant_t){50});
    EXPECT_EQ(try_send(1), STATUS_OK);
    EXPECT_EQ(hosted.compare, 500);
}

TEST(a_wake_calls_off_its_timeout) {
    play(2, wake_before_the_timeout);
    EXPECT_STRING(trace, "e");
    EXPECT_EQ(cpu_areas[0].cpu.stale_timeouts, 0);
}

static void send_until_argument(void *argument) {
    uint64_t deadline = *(const uint64_t *)argument;
    status_t status = send_until(deadline, deadline);
    note(status == STATUS_TIMED_OUT ? 't' : status == STATUS_OK ? '+' : '?');
    EXPECT(status != STATUS_TIMED_OUT || hosted.now == deadline);
}

static uint64_t deadlines[] = {300, 100, 200};

static void timeouts_leave_the_queue(void *unused) {
    (void)unused;
    EXPECT_EQ(try_send(1), STATUS_OK);
    for (unsigned i = 0; i < 3; i++) {
        spawn(send_until_argument, &deadlines[i], 40);
    }
    thread_sleep_until((instant_t){250});
    expect_receive(1); /* lets the only one in that still waits */
    expect_receive(300);
    EXPECT_EQ(mailbox_count(&box), 0);
}

TEST(who_times_out_leaves_the_queue_and_its_message_is_not_sent) {
    play(1, timeouts_leave_the_queue);
    EXPECT_STRING(trace, "tt+");
}

/* Both at once: the deadline is reached and a message comes, in one stretch of the clock. */
static void receive_until_100(void *unused) {
    (void)unused;
    uint64_t message = 0;
    status_t status = mailbox_receive_until(&box, &message, (instant_t){100});
    note(status == STATUS_OK ? '+' : status == STATUS_TIMED_OUT ? 't' : '?');
    EXPECT(status != STATUS_OK || message == 5);
}

static void send_at_100(void *unused) {
    (void)unused;
    spawn(receive_until_100, NULL, CONFIG_MAIN_PRIORITY);
    thread_sleep_until((instant_t){100}); /* equals: both are due before either of them goes on */
    EXPECT_EQ(try_send(5), STATUS_OK);
    EXPECT_EQ(mailbox_count(&box), 1);
}

static void send_to_lower_at_100(void *unused) {
    (void)unused;
    spawn(receive_until_100, NULL, CONFIG_MAIN_PRIORITY - 1);
    thread_sleep_until((instant_t){100}); /* the other's timeout, due too, waits meanwhile */
    hosted_step(50);
    EXPECT_EQ(try_send(5), STATUS_OK);
    EXPECT_EQ(mailbox_count(&box), 0);
}

TEST(a_message_at_the_moment_of_the_timeout_is_received_or_kept_never_lost) {
    play(1, send_at_100);
    EXPECT_STRING(trace, "t");
    EXPECT_EQ(mailbox_count(&box), 1);
}

TEST(a_timeout_below_the_running_thread_gives_way_to_a_message_that_it_sends) {
    play(1, send_to_lower_at_100);
    EXPECT_STRING(trace, "+");
}

/* --- From the kernel's doors ----------------------------------------------------------------- */

static uint64_t device_message;
static status_t device_status;

NO_CONTEXT_CHECK static void device_sends(void) {
    device_message++;
    device_status = mailbox_try_send_irq(&box, &device_message);
    note('d');
}

static void interrupt_by_device(void) {
    hosted.line = true;
    hosted_step(0);
}

static void device_scenario(void *unused) {
    (void)unused;
    machine.device = device_sends;
    device_message = 0;
    spawn(receive_and_note, letter_a, 40);
    interrupt_by_device(); /* a gets it, and runs at once */
    EXPECT_EQ(device_status, STATUS_OK);
    note('.');
    interrupt_by_device(); /* nobody waits: into the ring, which is full then */
    EXPECT_EQ(device_status, STATUS_OK);
    EXPECT_EQ(mailbox_count(&box), 1);
    interrupt_by_device();
    EXPECT_EQ(device_status, STATUS_WOULD_BLOCK);
    expect_receive(2);
    EXPECT_EQ(mailbox_close(&box), STATUS_OK);
    interrupt_by_device();
    EXPECT_EQ(device_status, STATUS_CLOSED);
}

TEST(a_device_can_send_and_who_is_woken_runs_when_the_door_is_left) {
    play(1, device_scenario);
    EXPECT_STRING(trace, "da1.ddd");
}

static void device_wakes_timed(void *unused) {
    (void)unused;
    machine.device = device_sends;
    device_message = 0;
    spawn(receive_until_100_then_500, NULL, 40);
    thread_sleep_until((instant_t){50});
    interrupt_by_device();
    EXPECT_EQ(hosted.compare, 500);
}

TEST(a_device_calls_off_the_timeout_of_whom_it_wakes) {
    play(1, device_wakes_timed);
    EXPECT_STRING(trace, "de");
}

/* --- Priorities that change while waiting ---------------------------------------------------- */

static void reorder_waiters(void *unused) {
    (void)unused;
    thread_id_t a = spawn(receive_and_note, letter_a, 40);
    spawn(receive_and_note, letter_b, 50);
    thread_id_t c = spawn(receive_and_note, letter_c, 60);
    EXPECT_EQ(thread_set_priority(a, 50), STATUS_OK); /* behind b */
    EXPECT_EQ(thread_set_priority(c, 35), STATUS_OK);
    for (uint64_t i = 1; i <= 3; i++) {
        EXPECT_EQ(try_send(i), STATUS_OK);
    }
}

TEST(a_waiter_whose_priority_changes_stands_as_the_youngest_of_its_new_level) {
    play(3, reorder_waiters);
    EXPECT_STRING(trace, "b1a2c3");
}

/* --- Ends ------------------------------------------------------------------------------------ */

/* A thread ends by fault while another waits with it in the queue; nothing of it is left behind. */
static void fault_after_timeout(void *unused) {
    (void)unused;
    uint64_t message = 0;
    struct fault fault = {.syndrome = 1};
    EXPECT_EQ(mailbox_receive_until(&box, &message, (instant_t){100}), STATUS_TIMED_OUT);
    hosted_fault(&fault);
}

static void ends_leave_nothing(void *unused) {
    (void)unused;
    thread_id_t id = spawn(fault_after_timeout, NULL, 40);
    spawn(receive_and_note, letter_a, 30);
    thread_sleep_until((instant_t){200});
    EXPECT_EQ(thread_join(id, NULL), STATUS_FAULTED);
    EXPECT_EQ(try_send(1), STATUS_OK);
    EXPECT_EQ(mailbox_count(&box), 0);
}

TEST(a_thread_that_ended_is_in_no_queue) {
    play(1, ends_leave_nothing);
    EXPECT_STRING(trace, "a1");
}

/* --- Sizes ----------------------------------------------------------------------------------- */

/* Every size, from odd addresses, through the ring, by hand-off to a receiver and from a sender. */
#define BYTES_CAPACITY 3
static uint8_t bytes_storage[BYTES_CAPACITY * CONFIG_MAILBOX_MESSAGE_MAX + 2];
static uint64_t bytes_size;
static struct random bytes_random;

static void bytes_fill(uint8_t *message, uint8_t seed) {
    for (uint64_t i = 0; i < bytes_size; i++) {
        message[i] = (uint8_t)(seed * 31 + i * 7);
    }
}

static void bytes_expect(const uint8_t *message, uint8_t seed) {
    for (uint64_t i = 0; i < bytes_size; i++) {
        EXPECT_EQ(message[i], (uint8_t)(seed * 31 + i * 7));
    }
    EXPECT_EQ(message[bytes_size], 0xee); /* nothing behind it is touched */
}

static void bytes_receive(unsigned offset, uint8_t seed) {
    uint8_t message[CONFIG_MAILBOX_MESSAGE_MAX + 9];
    memset(message, 0xee, sizeof(message));
    EXPECT_EQ(mailbox_receive_until(&box, message + offset, INSTANT_NEVER), STATUS_OK);
    bytes_expect(message + offset, seed);
}

static void bytes_send(unsigned offset, uint8_t seed) {
    uint8_t message[CONFIG_MAILBOX_MESSAGE_MAX + 8];
    bytes_fill(message + offset, seed);
    EXPECT_EQ(mailbox_send_until(&box, message + offset, INSTANT_NEVER), STATUS_OK);
}

static void bytes_receiver(void *unused) {
    (void)unused;
    bytes_receive((unsigned)random_below(&bytes_random, 8), 100);
    note('r');
}

static void bytes_sender(void *unused) {
    (void)unused;
    bytes_send((unsigned)random_below(&bytes_random, 8), 3);
    note('s');
}

static void bytes_all_ways(void *unused) {
    (void)unused;
    struct thread_attributes attributes = {.priority = 40, .detached = true};
    EXPECT_EQ(thread_spawn(bytes_receiver, NULL, &attributes, NULL), STATUS_OK);
    bytes_send(1, 100); /* handed over */
    for (uint8_t i = 0; i < BYTES_CAPACITY; i++) {
        bytes_send(i, i);
    }
    EXPECT_EQ(thread_spawn(bytes_sender, NULL, &attributes, NULL), STATUS_OK);
    for (uint8_t i = 0; i < BYTES_CAPACITY + 1; i++) {
        bytes_receive(i, i);
    }
}

TEST(messages_of_every_size_arrive_whole) {
    bytes_random = test_random();
    for (bytes_size = 1; bytes_size <= CONFIG_MAILBOX_MESSAGE_MAX; bytes_size++) {
        trace_length = 0;
        memset(bytes_storage, 0xdd, sizeof(bytes_storage));
        machine_reset();
        EXPECT_EQ(mailbox_init(&box, bytes_storage + 1, sizeof(bytes_storage) - 2, bytes_size,
                               BYTES_CAPACITY),
                  STATUS_OK);
        machine_watch(&box);
        machine_run(bytes_all_ways, NULL, NULL);
        EXPECT_STRING(trace, "rs");
        EXPECT_EQ(bytes_storage[0], 0xdd);
        EXPECT_EQ(bytes_storage[1 + BYTES_CAPACITY * bytes_size], 0xdd);
    }
}
