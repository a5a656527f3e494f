/* SPDX-License-Identifier: MIT */
/* Mailboxes without waiting: what they hold, in which order, and what they refuse. */
#include "kernel/ipc/mailbox_type.h"
#include "kernel/mm/heap.h"
#include "lib/random.h"
#include "tests/qemu/groups.h"

struct sample {
    uint32_t number;
    uint32_t tag;
};

MAILBOX_TYPE(sample_box, struct sample)
MAILBOX_STATIC(sample_box, samples, 4);

static void samples_reset(void) {
    TAP_REQUIRE(sample_box_init(&samples, samples_storage, 4) == STATUS_OK, "a mailbox is made");
}

static void mailbox_order(void) {
    struct sample sample = {0};
    samples_reset();
    TAP_EQ(sample_box_try_recv(&samples, &sample), STATUS_WOULD_BLOCK, "try_recv: empty");
    for (uint64_t i = 0; i < 4; i++) {
        sample = (struct sample){i, (uint32_t)(100 - i)};
        TAP_EQ(sample_box_try_send(&samples, &sample), STATUS_OK, "try_send: room");
        TAP_EQ(sample_box_count(&samples), i + 1, "the count grows");
    }
    TAP_EQ(sample_box_try_send(&samples, &sample), STATUS_WOULD_BLOCK, "try_send: full");
    for (uint64_t i = 0; i < 4; i++) {
        TAP_EQ(sample_box_try_recv(&samples, &sample), STATUS_OK, "try_recv: a message");
        TAP_OK(sample.number == i && sample.tag == 100 - i, "the oldest, whole");
    }
    TAP_EQ(sample_box_count(&samples), 0, "the count is back at 0");
    TAP_EQ(sample_box_try_recv(&samples, &sample), STATUS_WOULD_BLOCK, "empty again");
}

/* Random sends and receives against two counters: what comes out is what went in, over many rounds
 * of the ring. */
static void mailbox_ring(void) {
    struct random random;
    uint64_t sent = 0;
    uint64_t received = 0;
    unsigned wrong = 0;
    samples_reset();
    random_init(&random, 3);
    for (unsigned i = 0; i < 4000; i++) {
        struct sample sample = {sent, 0};
        if (random_one_in(&random, 2)) {
            bool sends = sample_box_try_send(&samples, &sample) == STATUS_OK;
            wrong += sends != (sent - received < 4);
            sent += sends;
        } else {
            bool receives = sample_box_try_recv(&samples, &sample) == STATUS_OK;
            wrong += receives != (sent > received) || (receives && sample.number != received);
            received += receives;
        }
    }
    TAP_EQ(wrong, 0, "4,000 random steps agree with two counters");
    TAP_OK(received > 1000, "and went round often");
}

static uint8_t bytes_storage[3 * CONFIG_MAILBOX_MESSAGE_MAX];

/* A message of `size` bytes goes through unchanged, and not a byte more is written. */
static bool size_goes_through(uint64_t size) {
    static uint8_t in[CONFIG_MAILBOX_MESSAGE_MAX];
    static uint8_t out[CONFIG_MAILBOX_MESSAGE_MAX + 1];
    static struct mailbox mailbox;
    if (mailbox_init(&mailbox, bytes_storage, sizeof(bytes_storage), size, 3) != STATUS_OK) {
        return false;
    }
    for (unsigned round = 0; round < 5; round++) {
        for (uint64_t i = 0; i < size; i++) {
            in[i] = (uint8_t)(i * 7 + round + size);
        }
        out[size] = 0xee;
        if (mailbox_try_send(&mailbox, in) != STATUS_OK ||
            mailbox_try_receive(&mailbox, out) != STATUS_OK ||
            __builtin_memcmp(in, out, size) != 0 || out[size] != 0xee) {
            return false;
        }
    }
    return true;
}

static void mailbox_sizes(void) {
    unsigned wrong = 0;
    for (uint64_t size = 1; size <= CONFIG_MAILBOX_MESSAGE_MAX; size++) {
        wrong += !size_goes_through(size);
    }
    TAP_EQ(wrong, 0, "messages of every legal size go through unchanged");
}

static void mailbox_init_refused(void) {
    static struct mailbox mailbox;
    const uint64_t max = CONFIG_MAILBOX_MESSAGE_MAX;
    const uint64_t room = sizeof(bytes_storage);
    TAP_EQ(mailbox_init(NULL, bytes_storage, room, 8, 1), STATUS_INVALID_ARGUMENT, "no mailbox");
    TAP_EQ(mailbox_init(&mailbox, NULL, room, 8, 1), STATUS_INVALID_ARGUMENT, "no storage");
    TAP_EQ(mailbox_init(&mailbox, bytes_storage, room, 0, 1), STATUS_OUT_OF_RANGE, "size 0");
    TAP_EQ(mailbox_init(&mailbox, bytes_storage, room, max + 1, 1), STATUS_OUT_OF_RANGE,
           "size above the limit");
    TAP_EQ(mailbox_init(&mailbox, bytes_storage, room, 8, 0), STATUS_OUT_OF_RANGE, "capacity 0");
    TAP_EQ(mailbox_init(&mailbox, bytes_storage, 15, 8, 2), STATUS_OUT_OF_RANGE, "small storage");
    TAP_EQ(mailbox_init(&mailbox, bytes_storage, room, 8, UINT64_MAX / 4), STATUS_OUT_OF_RANGE,
           "capacity that overflows");
    TAP_EQ(mailbox_init(&mailbox, bytes_storage, 16, 8, 2), STATUS_OK, "storage that just fits");
}

static void mailbox_dynamic(void) {
    struct sample_box *box = NULL;
    struct sample sample = {5, 6};
    TAP_REQUIRE(sample_box_create(3, &box) == STATUS_OK, "a mailbox is created on the heap");
    for (unsigned i = 0; i < 3; i++) {
        TAP_EQ(sample_box_try_send(box, &sample), STATUS_OK, "it has room");
    }
    TAP_EQ(sample_box_try_send(box, &sample), STATUS_WOULD_BLOCK, "as much as asked for");
    sample = (struct sample){0};
    TAP_EQ(sample_box_try_recv(box, &sample), STATUS_OK, "receives");
    TAP_OK(sample.number == 5 && sample.tag == 6, "what was sent");
    sample_box_destroy(box);
    box = NULL;
    TAP_EQ(sample_box_create(0, &box), STATUS_OUT_OF_RANGE, "create: capacity 0");
    TAP_EQ(sample_box_create(UINT64_MAX / 16, &box), STATUS_NO_MEMORY, "create: beyond the heap");
    TAP_EQ(sample_box_create(UINT64_MAX, &box), STATUS_OUT_OF_RANGE, "create: overflow");
    struct mailbox *mailbox = NULL;
    TAP_EQ(mailbox_create(CONFIG_MAILBOX_MESSAGE_MAX + 1, 1, &mailbox), STATUS_OUT_OF_RANGE,
           "create: message above the limit");
    TAP_OK(box == NULL && mailbox == NULL, "a refusal tells no mailbox");
}

static const struct test_case mailbox_cases[] = {
    {"mailbox_order", mailbox_order, TEST_ALWAYS},
    {"mailbox_ring", mailbox_ring, TEST_ALWAYS},
    {"mailbox_sizes", mailbox_sizes, TEST_ALWAYS},
    {"mailbox_init_refused", mailbox_init_refused, TEST_ALWAYS},
    {"mailbox_dynamic", mailbox_dynamic, TEST_ALWAYS},
};
TEST_GROUP(mailbox);
