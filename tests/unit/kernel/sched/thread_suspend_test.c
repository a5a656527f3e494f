/* SPDX-License-Identifier: MIT */
/* Suspending and resuming, in each state, and what happens to who is suspended. */
#include "kernel/ipc/mailbox.h"
#include "kernel/sync/mutex.h"
#include "tests/unit/kernel/scenario.h"

#define MAIN CONFIG_MAIN_PRIORITY

static struct mailbox box;
static uint64_t storage[1];

static void play(thread_entry entry) {
    trace_length = 0;
    trace[0] = '\0';
    machine_reset();
    EXPECT_EQ(mailbox_init(&box, storage, sizeof(storage), sizeof(uint64_t), 1), STATUS_OK);
    machine_watch(&box);
    machine_run(entry, NULL, NULL);
}

static void notes(void *argument) {
    note(*(const char *)argument);
}

static void receive_until(instant_t deadline) {
    uint64_t message = 0;
    status_t status = mailbox_receive_until(&box, &message, deadline);
    note(status == STATUS_OK          ? (char)('0' + message)
         : status == STATUS_TIMED_OUT ? 'T'
         : status == STATUS_CLOSED    ? 'C'
                                      : '?');
}

static void receives(void *argument) {
    (void)argument;
    receive_until(INSTANT_NEVER);
}

static void receives_for_10(void *argument) {
    (void)argument;
    receive_until(time_after(time_ticks(10)));
}

static void sleeps_10(void *argument) {
    thread_sleep_ticks(10);
    notes(argument);
}

static char letter_a[] = "a", letter_b[] = "b", letter_c[] = "c";

static void suspend(thread_id_t id) {
    EXPECT_EQ(thread_suspend(id), STATUS_OK);
    EXPECT_EQ(thread_suspend(id), STATUS_BUSY);
}

static void resume(thread_id_t id) {
    EXPECT_EQ(thread_resume(id), STATUS_OK);
}

static void send(uint64_t message) {
    EXPECT_EQ(mailbox_try_send(&box, &message), STATUS_OK);
}

static void ready_one(void *unused) {
    (void)unused;
    thread_id_t a = spawn(notes, letter_a, MAIN - 1);
    spawn(notes, letter_b, MAIN - 1);
    suspend(a);
    thread_sleep_ticks(10);
    note('.');
    resume(a);
    EXPECT_EQ(thread_resume(a), STATUS_NOT_FOUND);
    spawn(notes, letter_c, MAIN - 1);
    thread_sleep_ticks(10);
    EXPECT_EQ(thread_suspend(a), STATUS_STALE);
    EXPECT_EQ(thread_resume(a), STATUS_STALE);
}

TEST(a_ready_thread_does_not_run_until_it_is_resumed) {
    play(ready_one);
    EXPECT_STRING(trace, "b.ac");
}

static void unknown(void *unused) {
    (void)unused;
    EXPECT_EQ(thread_suspend(THREAD_ID_NONE), STATUS_STALE);
    EXPECT_EQ(thread_resume(THREAD_ID_NONE), STATUS_STALE);
    EXPECT_EQ(thread_resume(thread_self()), STATUS_NOT_FOUND);
    note('e');
}

TEST(what_is_no_thread_is_refused) {
    play(unknown);
    EXPECT_STRING(trace, "e");
}

static void suspends_itself(void *argument) {
    notes(argument);
    EXPECT_EQ(thread_suspend(thread_self()), STATUS_OK);
    notes(argument);
}

static void itself(void *unused) {
    (void)unused;
    thread_id_t a = spawn(suspends_itself, letter_a, MAIN + 1);
    note('.');
    EXPECT_EQ(thread_suspend(a), STATUS_BUSY);
    resume(a); /* it is higher, and runs at once */
    note('.');
    EXPECT_EQ(thread_join(a, NULL), STATUS_OK);
}

TEST(a_thread_suspends_itself) {
    play(itself);
    EXPECT_STRING(trace, "a.a.");
}

static void served(void *unused) {
    (void)unused;
    thread_id_t a = spawn(receives, NULL, MAIN + 2);
    spawn(receives, NULL, MAIN + 1);
    suspend(a);
    send(1); /* a's: it waits on, is the first, and has it; but it does not run */
    note('.');
    send(2);
    resume(a);
    note('.');
}

TEST(who_is_suspended_in_a_wait_is_served_and_runs_when_resumed) {
    play(served);
    EXPECT_STRING(trace, ".21.");
}

static void waits_on(void *unused) {
    (void)unused;
    thread_id_t a = spawn(receives, NULL, MAIN + 1);
    suspend(a);
    resume(a);
    note('.');
    send(3);
    note('.');
}

TEST(who_is_resumed_in_its_wait_waits_on) {
    play(waits_on);
    EXPECT_STRING(trace, ".3.");
}

static void timed(void *unused) {
    (void)unused;
    thread_id_t a = spawn(receives_for_10, NULL, MAIN + 1);
    suspend(a);
    thread_sleep_ticks(20);
    note('.');
    send(4); /* a has timed out, and is no longer in the queue */
    EXPECT_EQ(mailbox_count(&box), 1);
    resume(a);
    note('.');
    receive_until((instant_t){0});
    thread_id_t b = spawn(receives_for_10, NULL, MAIN + 1);
    suspend(b);
    send(5); /* calls the deadline off */
    thread_sleep_ticks(20);
    resume(b);
    thread_id_t c = spawn(receives_for_10, NULL, MAIN + 1);
    suspend(c);
    resume(c);
    thread_sleep_ticks(20);
    note('.');
}

TEST(deadlines_go_on_while_suspended) {
    play(timed);
    EXPECT_STRING(trace, ".T.45T.");
    EXPECT_EQ(hosted.compare, UINT64_MAX);
}

static void sleeping(void *unused) {
    (void)unused;
    thread_id_t a = spawn(sleeps_10, letter_a, MAIN + 1);
    suspend(a);
    thread_sleep_ticks(20);
    note('.');
    resume(a);
    note('.');
}

TEST(a_sleep_that_is_over_waits_for_the_resume) {
    play(sleeping);
    EXPECT_STRING(trace, ".a.");
}

static void closed(void *unused) {
    (void)unused;
    thread_id_t a = spawn(receives, NULL, MAIN + 1);
    suspend(a);
    EXPECT_EQ(mailbox_close(&box), STATUS_OK);
    note('.');
    resume(a);
}

TEST(a_close_finds_who_is_suspended) {
    play(closed);
    EXPECT_STRING(trace, ".C");
}

static void priorities(void *unused) {
    (void)unused;
    thread_id_t a = spawn(notes, letter_a, MAIN - 2);
    thread_id_t b = spawn(receives, NULL, MAIN + 1);
    suspend(a);
    suspend(b);
    EXPECT_EQ(thread_set_priority(a, MAIN + 1), STATUS_OK);
    EXPECT_EQ(thread_set_priority(b, MAIN - 1), STATUS_OK);
    send(6);
    note('.');
    resume(b);
    resume(a);
    note('.');
}

TEST(priorities_can_change_while_suspended) {
    play(priorities);
    EXPECT_STRING(trace, ".a.6");
}

static void join_a(void *argument) {
    int64_t code = 0;
    status_t status =
        thread_join_until(*(thread_id_t *)argument, &code, time_after(time_ticks(10)));
    note(status == STATUS_OK ? 'J' : status == STATUS_TIMED_OUT ? 'T' : '?');
}

static void joining(void *unused) {
    (void)unused;
    static thread_id_t a;
    a = spawn(notes, letter_a, MAIN - 1);
    thread_id_t b = spawn(join_a, &a, MAIN + 1);
    suspend(a);
    suspend(b);
    thread_sleep_ticks(20); /* b times out: nobody joins a any more */
    note('.');
    resume(b);
    thread_id_t c = spawn(join_a, &a, MAIN + 1);
    suspend(c);
    resume(a);
    thread_sleep_ticks(5); /* a ends, and c has joined it */
    EXPECT_EQ(thread_detach(a), STATUS_STALE);
    note('.');
    resume(c);
}

TEST(joins_of_and_by_who_is_suspended) {
    play(joining);
    EXPECT_STRING(trace, ".Ta.J");
}

static void round_robin(void *unused) {
    (void)unused;
    struct thread_attributes attributes = {.priority = MAIN + 1, .policy = THREAD_ROUND_ROBIN};
    thread_id_t id;
    EXPECT_EQ(thread_spawn(sleeps_10, letter_a, &attributes, &id), STATUS_OK);
    EXPECT_EQ(thread_spawn(sleeps_10, letter_b, &attributes, NULL), STATUS_OK);
    EXPECT_EQ(thread_suspend(id), STATUS_OK);
    thread_sleep_ticks(20);
    resume(id);
    note('.');
}

TEST(quanta_of_who_is_suspended) {
    play(round_robin);
    EXPECT_STRING(trace, "ba.");
}

/* A round-robin thread suspends the only other one of its level: its own quantum is over with. */
static void suspends_its_equal(void *argument) {
    struct thread_attributes attributes = {.priority = MAIN + 1, .policy = THREAD_ROUND_ROBIN};
    thread_id_t id;
    (void)argument;
    EXPECT_EQ(thread_spawn(notes, letter_b, &attributes, &id), STATUS_OK);
    hosted_step(100);
    suspend(id);
    hosted_step(2000);
    note('a');
    resume(id);
    hosted_step(2000);
    note('c');
}

static void lone_level(void *unused) {
    (void)unused;
    struct thread_attributes attributes = {.priority = MAIN + 1, .policy = THREAD_ROUND_ROBIN};
    EXPECT_EQ(thread_spawn(suspends_its_equal, NULL, &attributes, NULL), STATUS_OK);
}

TEST(a_suspension_ends_the_contest_for_a_level) {
    play(lone_level);
    EXPECT_STRING(trace, "abc");
}

static void ended(void *unused) {
    (void)unused;
    thread_id_t a = spawn(notes, letter_a, MAIN + 1);
    EXPECT_EQ(thread_suspend(a), STATUS_STALE); /* ended, and not joined */
    EXPECT_EQ(thread_resume(a), STATUS_STALE);
    EXPECT_EQ(thread_join(a, NULL), STATUS_OK);
}

TEST(who_has_ended_is_refused) {
    play(ended);
    EXPECT_STRING(trace, "a");
}

static struct mutex mutex;

static void locks_for_10(void *argument) {
    EXPECT_EQ(mutex_lock_until(&mutex, time_after(time_ticks(10))), STATUS_TIMED_OUT);
    notes(argument);
}

static void locking(void *unused) {
    (void)unused;
    EXPECT_EQ(mutex_init(&mutex, NULL), STATUS_OK);
    EXPECT_EQ(mutex_lock(&mutex), STATUS_OK);
    thread_id_t a = spawn(locks_for_10, letter_a, MAIN + 1);
    spawn(notes, letter_b, MAIN - 1);
    suspend(a);
    hosted_step(5);
    note('.');
    hosted_step(10); /* its time is over */
    note('.');
    thread_sleep_ticks(10);
    resume(a);
    EXPECT_EQ(thread_join(a, NULL), STATUS_OK);
    EXPECT_EQ(mutex_unlock(&mutex), STATUS_OK);
}

TEST(a_suspended_thread_gives_up_a_mutex_in_time_but_runs_when_it_is_resumed) {
    play(locking);
    EXPECT_STRING(trace, "..ba");
}
