/* SPDX-License-Identifier: MIT */
/* The typed face: every call it makes does what its name says. */
#include "kernel/ipc/mailbox_type.h"

#include "tests/unit/kernel/scenario.h"

struct sample {
    uint32_t number;
    uint8_t name[5];
};

MAILBOX_TYPE(sample_box, struct sample)
MAILBOX_TYPE(byte_box, uint8_t)

MAILBOX_STATIC(sample_box, samples, 2);

static void all_calls(void *unused) {
    (void)unused;
    struct sample sample = {1, "abc"};
    struct sample got = {0};
    EXPECT_EQ(sample_box_try_recv(&samples, &got), STATUS_WOULD_BLOCK);
    EXPECT_EQ(sample_box_try_send(&samples, &sample), STATUS_OK);
    sample.number = 2;
    EXPECT_EQ(sample_box_send(&samples, &sample), STATUS_OK);
    EXPECT_EQ(sample_box_count(&samples), 2);
    EXPECT_EQ(sample_box_try_send(&samples, &sample), STATUS_WOULD_BLOCK);
    EXPECT_EQ(sample_box_send_until(&samples, &sample, (instant_t){10}), STATUS_TIMED_OUT);
    EXPECT_EQ(hosted.now, 10);
    EXPECT_EQ(sample_box_send_ticks(&samples, &sample, 5), STATUS_TIMED_OUT);
    EXPECT_EQ(hosted.now, 15);
    EXPECT_EQ(sample_box_send_us(&samples, &sample, 2), STATUS_TIMED_OUT);
    EXPECT_EQ(hosted.now, 140);
    EXPECT_EQ(sample_box_send_ms(&samples, &sample, 1), STATUS_TIMED_OUT);
    EXPECT_EQ(hosted.now, 62640);
    EXPECT_EQ(sample_box_recv(&samples, &got), STATUS_OK);
    EXPECT_EQ(got.number, 1);
    EXPECT_STRING((const char *)got.name, "abc");
    EXPECT_EQ(sample_box_recv_until(&samples, &got, (instant_t){0}), STATUS_OK);
    EXPECT_EQ(got.number, 2);
    EXPECT_EQ(sample_box_recv_ticks(&samples, &got, 60), STATUS_TIMED_OUT);
    EXPECT_EQ(hosted.now, 62700);
    EXPECT_EQ(sample_box_recv_us(&samples, &got, 16), STATUS_TIMED_OUT);
    EXPECT_EQ(hosted.now, 63700);
    EXPECT_EQ(sample_box_recv_ms(&samples, &got, 2), STATUS_TIMED_OUT);
    EXPECT_EQ(hosted.now, 188700);
    EXPECT_EQ(sample_box_close(&samples), STATUS_OK);
    EXPECT_EQ(sample_box_recv(&samples, &got), STATUS_CLOSED);
    EXPECT_EQ(sample_box_try_send(&samples, &sample), STATUS_CLOSED);
    note('e');
}

static void created(void *unused) {
    (void)unused;
    struct byte_box *box = NULL;
    uint8_t byte = 200;
    machine.heap_empty = true;
    EXPECT_EQ(byte_box_create(3, &box), STATUS_NO_MEMORY);
    EXPECT(box == NULL);
    machine.heap_empty = false;
    EXPECT_EQ(byte_box_create(3, &box), STATUS_OK);
    for (int i = 0; i < 7; i++) {
        EXPECT_EQ(byte_box_try_send(box, &byte), STATUS_OK);
        uint8_t got = 0;
        EXPECT_EQ(byte_box_try_recv(box, &got), STATUS_OK);
        EXPECT_EQ(got, byte++);
    }
    byte_box_destroy(box);
    EXPECT_EQ(machine.heap_live, 0);
    note('e');
}

TEST(typed_calls) {
    run(all_calls);
    EXPECT_STRING(trace, "e");
}

TEST(typed_creation) {
    run(created);
    EXPECT_STRING(trace, "e");
}
