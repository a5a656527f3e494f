/* SPDX-License-Identifier: MIT */
/* A trace tells who ran, what was said, and what was lost; and threads run as without it. */
#include "kernel/trace/trace.h"

#include "kernel/ipc/mailbox.h"
#include "kernel/sched/periodic.h"
#include "kernel/sched/server.h"
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

/* --- A trace changes nothing of who runs when ----------------------------------------------------- */

#define MOMENTS 200

static struct {
    char who;
    uint64_t when;
} seen[2][MOMENTS];
static unsigned seen_count[2];
static unsigned round_of; /* 0: without a trace; 1: in one */
static struct server server;
static struct mailbox *box;

static void see(char who) {
    unsigned at = seen_count[round_of]++;
    EXPECT(at < MOMENTS);
    seen[round_of][at].who = who;
    seen[round_of][at].when = hosted.now;
}

/* Works, and sees when each piece is done. */
static void takes_turns(void *argument) {
    for (unsigned i = 0; i < 8; i++) {
        hosted_step(300);
        see(*(const char *)argument);
    }
}

static void sends_and_locks(void *argument) {
    uint32_t message = 1;
    for (unsigned i = 0; i < 6; i++) {
        EXPECT_EQ(mutex_lock(&mutex), STATUS_OK);
        hosted_step(150);
        EXPECT_EQ(mutex_unlock(&mutex), STATUS_OK);
        EXPECT_EQ(mailbox_send_until(box, &message, INSTANT_NEVER), STATUS_OK);
        see(*(const char *)argument);
        thread_sleep_ticks(70);
    }
}

static void receives_in_time(void *argument) {
    uint32_t message;
    for (unsigned i = 0; i < 12; i++) {
        (void)!mailbox_receive_until(box, &message, time_after(time_ticks(110)));
        EXPECT_EQ(mutex_lock(&mutex), STATUS_OK);
        hosted_step(40);
        EXPECT_EQ(mutex_unlock(&mutex), STATUS_OK);
        see(*(const char *)argument);
    }
}

static void has_a_budget(void *argument) {
    EXPECT_EQ(server_add(&server, thread_self()), STATUS_OK);
    takes_turns(argument);
    EXPECT_EQ(server_remove(thread_self()), STATUS_OK);
}

static void spawn_turn(void *letter, uint8_t priority) {
    struct thread_attributes attributes = {
        .priority = priority, .policy = THREAD_ROUND_ROBIN, .detached = true};
    EXPECT_EQ(thread_spawn(takes_turns, letter, &attributes, NULL), STATUS_OK);
}

static void all_at_once(void *unused) {
    static char letters[] = "abcdef";
    const struct server_attributes budget = {
        .budget = time_ticks(500), .period = time_ticks(2000), .priority = MAIN + 3};
    (void)unused;
    EXPECT_EQ(mutex_init(&mutex, NULL), STATUS_OK);
    EXPECT_EQ(mailbox_create(sizeof(uint32_t), 1, &box), STATUS_OK);
    EXPECT_EQ(server_open(&server, &budget), STATUS_OK);
    if (round_of == 1) {
        EXPECT_EQ(trace_start(&ring, TRACE_STOP), STATUS_OK);
    }
    spawn_turn(&letters[0], MAIN - 2);
    spawn_turn(&letters[1], MAIN - 2);
    thread_id_t sender = spawn(sends_and_locks, &letters[2], MAIN + 1);
    thread_id_t receiver = spawn(receives_in_time, &letters[3], MAIN + 2);
    thread_id_t served = spawn(has_a_budget, &letters[4], MAIN + 3);
    EXPECT_EQ(thread_join(sender, NULL), STATUS_OK);
    EXPECT_EQ(thread_join(receiver, NULL), STATUS_OK);
    EXPECT_EQ(thread_join(served, NULL), STATUS_OK);
    EXPECT_EQ(thread_set_priority(thread_self(), MAIN - 3), STATUS_OK);
    see(letters[5]);
    if (round_of == 1) {
        EXPECT_EQ(trace_stop(), STATUS_OK);
    }
    EXPECT_EQ(server_close(&server), STATUS_OK);
    mailbox_destroy(box);
}

static unsigned limits_of(enum trace_limit limit) {
    struct trace_record record;
    unsigned count = 0;
    for (uint64_t i = 0; trace_at(&ring, i, &record) == STATUS_OK; i++) {
        count += (record.what & 0xffff) == trace_what(TRACE_LIMIT, limit, 0);
    }
    return count;
}

TEST(who_runs_when_is_the_same_in_a_trace) {
    for (round_of = 0; round_of < 2; round_of++) {
        seen_count[round_of] = 0;
        run(all_at_once);
    }
    EXPECT_EQ(seen_count[0], 2 * 8 + 6 + 12 + 8 + 1);
    EXPECT_EQ(seen_count[1], seen_count[0]);
    for (unsigned i = 0; i < seen_count[0]; i++) {
        EXPECT_EQ(seen[1][i].who, seen[0][i].who);
        EXPECT_EQ(seen[1][i].when, seen[0][i].when);
    }
    EXPECT_EQ(trace_lost(&ring), 0);
    EXPECT(limits_of(TRACE_LIMIT_QUANTUM) >= 2);
    EXPECT_EQ(limits_of(TRACE_LIMIT_BUDGET), 4); /* of 2,400 ticks of work, 500 each */
}
