/* SPDX-License-Identifier: MIT */
/*
 * Messages of every length, on every way that a message can take: each way has its own copy of the
 * code that copies. The other side waits in a thread above main, so that each step is done when the
 * call that causes it returns.
 */
#include "arch/cpu.h"
#include "arch/task_call.h"
#include "kernel/ipc/mailbox.h"
#include "tests/qemu/groups.h"

#define ABOVE    (CONFIG_MAIN_PRIORITY + 1)
#define MAX      CONFIG_MAILBOX_MESSAGE_MAX
#define CAPACITY 2

static struct mailbox box;
static uint8_t storage[CAPACITY * MAX];
static uint8_t in[MAX];
static uint8_t out[MAX + 1];
static uint64_t length;
static instant_t deadline;
static unsigned wrong;

static void message_fill(unsigned seed) {
    for (unsigned i = 0; i < MAX; i++) {
        in[i] = (uint8_t)(i * 7 + seed + length);
    }
    __builtin_memset(out, 0xee, sizeof(out));
}

static void expect_message(unsigned seed) {
    bool good = out[length] == 0xee;
    for (unsigned i = 0; i < length; i++) {
        good &= out[i] == (uint8_t)(i * 7 + seed + length);
    }
    wrong += !good;
}

static uint64_t address_of(const void *pointer) {
    return (uint64_t)(uintptr_t)pointer;
}

/* --- The ways to send, and to receive. The last of each is what a race leads to: the mailbox had no
 * room, or nothing, when the thread looked, but has when the kernel looks. --- */

static status_t send_try(const void *message) {
    return mailbox_try_send(&box, message);
}

static status_t send_until(const void *message) {
    return mailbox_send_until(&box, message, INSTANT_NEVER);
}

static status_t send_masked(const void *message) {
    arch_irq_mask();
    status_t status = mailbox_try_send_irq(&box, message);
    arch_irq_unmask();
    return status;
}

static status_t send_call(const void *message) {
    return task_call_mailbox_send(address_of(&box), address_of(message), INSTANT_NEVER.ticks);
}

static status_t receive_try(void *message) {
    return mailbox_try_receive(&box, message);
}

static status_t receive_until(void *message) {
    return mailbox_receive_until(&box, message, INSTANT_NEVER);
}

static status_t receive_call(void *message) {
    return task_call_mailbox_receive(address_of(&box), address_of(message), INSTANT_NEVER.ticks);
}

static status_t (*const sends[])(const void *) = {send_try, send_until, send_call, send_masked};
static status_t (*const receives[])(void *) = {receive_try, receive_until, receive_call};

/* --- Each way to send with each to receive --- */

static void through_the_ring(unsigned way) {
    message_fill(1);
    wrong += sends[way % ARRAY_SIZE(sends)](in) != STATUS_OK;
    wrong += receives[way % ARRAY_SIZE(receives)](out) != STATUS_OK;
    expect_message(1);
}

static void waits_for_message(void *argument) {
    (void)argument;
    wrong += mailbox_receive_until(&box, out, deadline) != STATUS_OK;
}

static thread_id_t spawn_above(thread_entry entry) {
    return length % 2 != 0 ? test_spawn(entry, NULL, ABOVE)
                           : test_spawn_round_robin(entry, NULL, ABOVE);
}

static void to_a_waiting_receiver(unsigned way) {
    thread_id_t receiver = spawn_above(waits_for_message);
    message_fill(2);
    wrong += sends[way % ARRAY_SIZE(sends)](in) != STATUS_OK;
    test_join(receiver);
    expect_message(2);
}

static void waits_for_room(void *argument) {
    (void)argument;
    wrong += mailbox_send_until(&box, in, deadline) != STATUS_OK;
}

static void from_a_waiting_sender(unsigned way) {
    message_fill(3);
    for (unsigned i = 0; i < CAPACITY; i++) {
        wrong += mailbox_try_send(&box, in) != STATUS_OK;
    }
    thread_id_t sender = spawn_above(waits_for_room);
    wrong += receives[way % ARRAY_SIZE(receives)](out) != STATUS_OK;
    test_join(sender);
    for (unsigned i = 0; i < CAPACITY; i++) {
        __builtin_memset(out, 0xee, sizeof(out));
        wrong += mailbox_try_receive(&box, out) != STATUS_OK;
        expect_message(3);
    }
}

static void rings(void *argument) {
    (void)argument;
    for (unsigned number = 0; number < 12; number++) {
        through_the_ring(number);
    }
}

/* The same by a round-robin thread. */
static void through_the_ring_elsewhere(unsigned number) {
    (void)number;
    test_join(test_spawn_round_robin(rings, NULL, ABOVE));
}

/* Each up to 128, and then some, and the last. */
static unsigned longer(unsigned than) {
    unsigned next = than < 128 ? than + 1 : than + 331;
    return than < MAX && next > MAX ? MAX : next;
}

static unsigned wrong_on(void (*way)(unsigned number), unsigned ways) {
    wrong = 0;
    for (length = 1; length <= MAX; length = longer(length)) {
        TAP_REQUIRE(mailbox_init(&box, storage, sizeof(storage), length, CAPACITY) == STATUS_OK,
                    "a mailbox");
        for (unsigned number = 0; number < ways; number++) {
            deadline = number % 2 != 0 ? INSTANT_NEVER : time_after(time_ms(1000));
            way(number);
        }
    }
    return wrong;
}

static void lengths_ring(void) {
    TAP_EQ(wrong_on(through_the_ring, 12), 0, "through the ring");
    TAP_EQ(wrong_on(through_the_ring_elsewhere, 1), 0, "by a round-robin thread");
}

static void lengths_receivers(void) {
    TAP_EQ(wrong_on(to_a_waiting_receiver, 8), 0, "to a receiver that waits");
}

static void lengths_senders(void) {
    TAP_EQ(wrong_on(from_a_waiting_sender, 6), 0, "from a sender that waits");
}

/* --- Many that wait: of one level and of several, some of them not for ever --- */

#define CROWD (CONFIG_THREAD_SLOTS < 9 ? 5 : 6)

static uint8_t received[CROWD];

static instant_t patience_of(uint64_t index) {
    return index % 3 == 0 ? INSTANT_NEVER : time_after(time_ms(1000));
}

static void one_receives(void *argument) {
    uint64_t index = address_of(argument);
    wrong += mailbox_receive_until(&box, &received[index], patience_of(index)) != STATUS_OK;
}

static void one_sends(void *argument) {
    uint64_t index = address_of(argument);
    uint8_t message = (uint8_t)(index + 1);
    wrong += mailbox_send_until(&box, &message, patience_of(index)) != STATUS_OK;
}

/* Above main, so that they wait at once; or below, so that no wake-up takes the CPU from it. */
static void crowd_spawn(thread_entry entry, thread_id_t *ids, bool above) {
    const unsigned level = above ? ABOVE : CONFIG_MAIN_PRIORITY - 2;
    length = 1;
    TAP_REQUIRE(mailbox_init(&box, storage, sizeof(storage), length, 1) == STATUS_OK, "a mailbox");
    for (uint64_t i = 0; i < CROWD; i++) {
        void *argument = (void *)(uintptr_t)i;
        unsigned priority = level + (unsigned)(i / 2) % 2;
        ids[i] = i % 2 != 0 ? test_spawn(entry, argument, priority)
                            : test_spawn_round_robin(entry, argument, priority);
    }
    if (!above) {
        test_settle();
    }
}

static void lengths_crowd(void) {
    thread_id_t ids[CROWD];
    wrong = 0;
    for (unsigned round = 0; round < 2 * ARRAY_SIZE(sends); round++) {
        unsigned way = round / 2;
        crowd_spawn(one_receives, ids, round % 2 != 0);
        uint64_t sum = 0;
        for (unsigned i = 0; i < CROWD; i++) {
            uint8_t message = (uint8_t)(i + 1);
            wrong += sends[way](&message) != STATUS_OK;
        }
        for (unsigned i = 0; i < CROWD; i++) {
            test_join(ids[i]);
            sum += received[i];
        }
        wrong += sum != CROWD * (CROWD + 1) / 2;
    }
    TAP_EQ(wrong, 0, "each of many receivers gets one");
    for (unsigned round = 0; round < 2 * ARRAY_SIZE(receives); round++) {
        unsigned way = round / 2;
        uint64_t sum = 0;
        crowd_spawn(one_sends, ids, round % 2 != 0); /* the first has room */
        for (unsigned i = 0; i < CROWD; i++) {
            uint8_t message = 0;
            wrong += receives[way](&message) != STATUS_OK;
            sum += message;
        }
        for (unsigned i = 0; i < CROWD; i++) {
            test_join(ids[i]);
        }
        wrong += sum != CROWD * (CROWD + 1) / 2;
    }
    TAP_EQ(wrong, 0, "each of many senders is let in");
}

static void waits_in_vain(void *argument) {
    (void)argument;
    wrong += mailbox_send_until(&box, in, deadline) != STATUS_CLOSED;
}

/* What is in a closed mailbox can still be taken, and lets nobody in. */
static void lengths_closed(void) {
    wrong = 0;
    length = 8;
    deadline = INSTANT_NEVER;
    for (unsigned way = 0; way < ARRAY_SIZE(receives); way++) {
        TAP_REQUIRE(mailbox_init(&box, storage, sizeof(storage), length, 1) == STATUS_OK, "one");
        message_fill(4);
        wrong += mailbox_try_send(&box, in) != STATUS_OK;
        thread_id_t sender = test_spawn(waits_in_vain, NULL, ABOVE);
        wrong += mailbox_close(&box) != STATUS_OK;
        wrong += receives[way](out) != STATUS_OK;
        expect_message(4);
        wrong += receives[way](out) != STATUS_CLOSED || sends[way](in) != STATUS_CLOSED;
        test_join(sender);
    }
    TAP_EQ(wrong, 0, "a closed mailbox gives what it has");
}

static const struct test_case lengths_cases[] = {
    {"lengths_ring", lengths_ring, TEST_ALWAYS},
    {"lengths_receivers", lengths_receivers, TEST_ALWAYS},
    {"lengths_senders", lengths_senders, TEST_ALWAYS},
    {"lengths_crowd", lengths_crowd, TEST_ALWAYS},
    {"lengths_closed", lengths_closed, TEST_ALWAYS},
};
TEST_GROUP(lengths);
