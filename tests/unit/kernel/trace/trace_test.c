/* SPDX-License-Identifier: MIT */
/* A trace tells who ran, what was said, and what was lost; and threads run as without it. */
#include "kernel/trace/trace.h"

#include "tests/unit/kernel/scenario.h"

#define MAIN CONFIG_MAIN_PRIORITY

static struct trace_ring ring;
static thread_id_t other;

static struct trace_record next_record(void) {
    struct trace_record record = {0};
    uint64_t lost = 1;
    EXPECT_EQ(trace_read(&ring, &record, &lost), STATUS_OK);
    EXPECT_EQ(lost, 0);
    return record;
}

static void expect_empty(void) {
    struct trace_record record;
    uint64_t lost = 1;
    EXPECT_EQ(trace_read(&ring, &record, &lost), STATUS_WOULD_BLOCK);
    EXPECT_EQ(lost, 0);
}

static uint64_t raw(thread_id_t id) {
    return id.index | (uint64_t)id.generation << 32;
}

static void marks(void *unused) {
    (void)unused;
    trace_mark("name", 42);
    note('m');
}

static void switches(void *unused) {
    (void)unused;
    EXPECT_EQ(trace_start(NULL, TRACE_STOP), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(trace_start(&ring, TRACE_STOP), STATUS_OK);
    other = spawn(marks, NULL, MAIN + 1);
    EXPECT_EQ(trace_stop(), STATUS_OK);
    EXPECT_EQ(trace_stop(), STATUS_NOT_FOUND);
    trace_mark("nobody", 1);
    struct trace_record record = next_record();
    EXPECT_EQ(record.thread, raw(other));
    EXPECT_EQ(record.what & 0xff, TRACE_SWITCH);
    EXPECT_EQ(record.what >> 8 & 0xff, THREAD_READY);
    uint64_t began = record.time;
    record = next_record();
    EXPECT_EQ(record.thread, raw(other));
    EXPECT_EQ(record.what & 0xff, TRACE_MARK);
    EXPECT_EQ(record.value, 42);
    EXPECT(record.time >= began);
    record = next_record();
    EXPECT_EQ(record.thread, raw(thread_self()));
    EXPECT_EQ(record.what & 0xff, TRACE_SWITCH);
    EXPECT_EQ(record.what >> 8 & 0xff, THREAD_ENDED);
    expect_empty();
    EXPECT_EQ(trace_lost(&ring), 0);
    note('e');
}

TEST(switches_and_marks_are_told_in_order) {
    run(switches);
    EXPECT_STRING(trace, "me");
}

static void sleeps(void *unused) {
    (void)unused;
    EXPECT_EQ(trace_start(&ring, TRACE_STOP), STATUS_OK);
    thread_sleep_until((instant_t){5000});
    EXPECT_EQ(trace_stop(), STATUS_OK);
    struct trace_record record = next_record();
    EXPECT_EQ(record.what & 0xff, TRACE_SWITCH);
    EXPECT_EQ(record.what >> 8 & 0xff, THREAD_WAITING_TIMED);
    record = next_record();
    EXPECT_EQ(record.what & 0xff, TRACE_IRQ);
    EXPECT_EQ(record.what >> 16, 0); /* the timer's */
    EXPECT_EQ(record.thread, raw(thread_self()));
    EXPECT(record.value >= 5000 && record.value <= record.time);
    note('e');
}

TEST(an_interrupt_is_told_with_when_it_was_taken) {
    run(sleeps);
    EXPECT_STRING(trace, "e");
}

static void fills(void *argument) {
    const enum trace_mode mode = *(enum trace_mode *)argument;
    struct trace_record record;
    uint64_t lost;
    EXPECT_EQ(trace_start(&ring, mode), STATUS_OK);
    for (unsigned i = 0; i < CONFIG_TRACE_RECORDS + 10; i++) {
        trace_mark("n", i);
    }
    EXPECT_EQ(trace_lost(&ring), 10);
    EXPECT_EQ(trace_read(&ring, &record, &lost), STATUS_OK);
    EXPECT_EQ(record.value, mode == TRACE_STOP ? 0 : 10);
    EXPECT_EQ(lost, mode == TRACE_STOP ? 0 : 10);
    trace_mark("n", 7777); /* there is room for one */
    EXPECT_EQ(trace_lost(&ring), 10);
    for (unsigned i = 0; i < CONFIG_TRACE_RECORDS; i++) {
        record = next_record();
    }
    EXPECT_EQ(record.value, 7777);
    expect_empty();
    EXPECT_EQ(trace_stop(), STATUS_OK);
}

static enum trace_mode wanted;
static void fills_main(void *unused) {
    (void)unused;
    fills(&wanted);
    note('e');
}

TEST(the_earliest_are_kept_or_the_latest_and_losses_counted) {
    wanted = TRACE_STOP;
    run(fills_main);
    EXPECT_STRING(trace, "e");
    wanted = TRACE_OVERWRITE;
    run(fills_main);
    EXPECT_STRING(trace, "e");
}
