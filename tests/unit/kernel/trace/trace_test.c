/* SPDX-License-Identifier: MIT */
/* A trace tells who ran, what was said, and what was lost; and threads run as without it. */
#include "kernel/trace/trace.h"

#include "kernel/ipc/mailbox.h"
#include "kernel/sched/periodic.h"
#include "kernel/sync/event_flags.h"
#include "kernel/sync/mutex.h"
#include "kernel/sync/semaphore.h"
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
    EXPECT_EQ(record.what & 0xff, TRACE_SPAWN);
    EXPECT_EQ(record.what >> 8 & 0xff, MAIN + 1);
    EXPECT_EQ(record.what >> 16, (uint64_t)(uintptr_t)marks & UINT64_MAX >> 16);
    EXPECT_EQ(record.value, 0); /* it has no name */
    record = next_record();
    EXPECT_EQ(record.thread, raw(other));
    EXPECT_EQ(record.what & 0xff, TRACE_SWITCH);
    EXPECT_EQ(record.what >> 8 & 0xff, TRACE_LEFT_READY);
    uint64_t began = record.time;
    record = next_record();
    EXPECT_EQ(record.thread, raw(other));
    EXPECT_EQ(record.what & 0xff, TRACE_MARK);
    EXPECT_EQ(record.value, 42);
    EXPECT(record.time >= began);
    record = next_record();
    EXPECT_EQ(record.thread, raw(thread_self()));
    EXPECT_EQ(record.what & 0xff, TRACE_SWITCH);
    EXPECT_EQ(record.what >> 8 & 0xff, TRACE_LEFT_ENDED);
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
    EXPECT_EQ(record.what >> 8 & 0xff, TRACE_LEFT_WAITS_TIME);
    record = next_record();
    EXPECT_EQ(record.what & 0xff, TRACE_WAKE);
    EXPECT_EQ(record.thread, raw(thread_self()));
    EXPECT_EQ(record.value, STATUS_OK);
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

/* --- What threads ask of objects, and what becomes of them -------------------------------------- */

static struct mutex mutex;
static struct semaphore semaphore;
static struct event_flags flags;
static struct mailbox *mailbox;

static struct trace_record next_of(enum trace_event event) {
    struct trace_record record;
    do {
        record = next_record();
    } while ((record.what & 0xff) != event);
    return record;
}

static void expect_call(enum trace_call call, const void *object) {
    struct trace_record record = next_of(TRACE_CALL);
    EXPECT_EQ(record.what >> 8 & 0xff, call);
    EXPECT_EQ(record.value, (uint64_t)(uintptr_t)object);
    EXPECT_EQ(record.thread, raw(thread_self()));
}

static void asks(void *unused) {
    (void)unused;
    uint32_t message = 7;
    EXPECT_EQ(mutex_init(&mutex, NULL), STATUS_OK);
    EXPECT_EQ(semaphore_init(&semaphore, 1, 2), STATUS_OK);
    EXPECT_EQ(event_flags_init(&flags, 0), STATUS_OK);
    EXPECT_EQ(mailbox_create(sizeof message, 1, &mailbox), STATUS_OK);
    EXPECT_EQ(trace_start(&ring, TRACE_STOP), STATUS_OK);
    thread_yield(); /* nobody is there: so the trace does not know yet who runs */
    other = spawn(marks, NULL, MAIN + 1);
    EXPECT_EQ(mailbox_try_send(mailbox, &message), STATUS_OK);
    EXPECT_EQ(mailbox_try_receive(mailbox, &message), STATUS_OK);
    EXPECT_EQ(mailbox_send_until(mailbox, &message, INSTANT_NEVER), STATUS_OK);
    EXPECT_EQ(mailbox_receive_until(mailbox, &message, INSTANT_NEVER), STATUS_OK);
    EXPECT_EQ(mutex_lock(&mutex), STATUS_OK);
    EXPECT_EQ(mutex_unlock(&mutex), STATUS_OK);
    EXPECT_EQ(semaphore_take(&semaphore), STATUS_OK);
    EXPECT_EQ(semaphore_give(&semaphore), STATUS_OK);
    EXPECT_EQ(event_flags_set(&flags, 1), STATUS_OK);
    EXPECT_EQ(event_flags_try_wait(&flags, 1, EVENT_FLAGS_ANY, NULL), STATUS_OK);
    EXPECT_EQ(trace_stop(), STATUS_OK);
    expect_call(TRACE_CALL_SEND, mailbox);
    expect_call(TRACE_CALL_RECEIVE, mailbox);
    expect_call(TRACE_CALL_SEND, mailbox);
    expect_call(TRACE_CALL_RECEIVE, mailbox);
    expect_call(TRACE_CALL_LOCK, &mutex);
    expect_call(TRACE_CALL_UNLOCK, &mutex);
    expect_call(TRACE_CALL_TAKE, &semaphore);
    expect_call(TRACE_CALL_GIVE, &semaphore);
    expect_call(TRACE_CALL_SET, &flags);
    expect_call(TRACE_CALL_WAIT, &flags);
    mailbox_destroy(mailbox);
    note('e');
}

TEST(what_threads_ask_of_objects_is_told) {
    run(asks);
    EXPECT_STRING(trace, "me");
}

static void locks_high(void *unused) {
    (void)unused;
    EXPECT_EQ(mutex_lock(&mutex), STATUS_OK);
    EXPECT_EQ(mutex_unlock(&mutex), STATUS_OK);
}

static void lends(void *unused) {
    (void)unused;
    EXPECT_EQ(mutex_init(&mutex, NULL), STATUS_OK);
    EXPECT_EQ(mutex_lock(&mutex), STATUS_OK);
    EXPECT_EQ(trace_start(&ring, TRACE_STOP), STATUS_OK);
    other = spawn(locks_high, NULL, MAIN + 5);
    EXPECT_EQ(mutex_unlock(&mutex), STATUS_OK);
    EXPECT_EQ(trace_stop(), STATUS_OK);
    struct trace_record record = next_of(TRACE_PRIORITY);
    EXPECT_EQ(record.thread, raw(thread_self()));
    EXPECT_EQ(record.what >> 8, MAIN + 5);
    record = next_of(TRACE_WAKE);
    EXPECT_EQ(record.thread, raw(other));
    do { /* on the way it may be held up once more */
        record = next_of(TRACE_PRIORITY);
    } while (record.what >> 8 != MAIN);
    EXPECT_EQ(record.thread, raw(thread_self()));
    note('e');
}

TEST(a_priority_is_told_when_it_is_lent_and_given_back) {
    run(lends);
    EXPECT_STRING(trace, "e");
}

static void has_jobs(void *unused) {
    (void)unused;
    const struct periodic_attributes attributes = {
        .first = {5000}, .period = {1000}, .deadline = {400}};
    EXPECT_EQ(trace_start(&ring, TRACE_STOP), STATUS_OK);
    EXPECT_EQ(periodic_begin(&attributes), STATUS_OK);
    EXPECT_EQ(periodic_wait(NULL), STATUS_OK);
    EXPECT_EQ(periodic_wait(NULL), STATUS_OK);
    EXPECT_EQ(trace_stop(), STATUS_OK);
    struct trace_record record = next_of(TRACE_JOB);
    EXPECT_EQ(record.thread, raw(thread_self()));
    EXPECT_EQ(record.value, 5000);
    EXPECT_EQ(record.what >> 16, 400);
    record = next_of(TRACE_JOB);
    EXPECT_EQ(record.value, 6000);
    note('e');
}

TEST(a_job_is_told_with_its_release_and_deadline) {
    run(has_jobs);
    EXPECT_STRING(trace, "e");
}
