/* SPDX-License-Identifier: MIT */
/* Who runs next, at each point where that may change: by wake-up, spawn, time, end and yield. */
#include "kernel/ipc/mailbox_type.h"
#include "tests/qemu/groups.h"

#define MAIN CONFIG_MAIN_PRIORITY

MAILBOX_TYPE(letter_box, char)

static struct letter_box box;
static char box_storage[1];

static void box_reset(void) {
    TAP_REQUIRE(letter_box_init(&box, box_storage, 1) == STATUS_OK, "a mailbox is made");
}

/* Waits for a letter and adds it. */
static void receives_letter(void *argument) {
    (void)argument;
    char letter;
    status_t status = letter_box_recv(&box, &letter);
    trace_add(status == STATUS_OK ? letter : '!');
}

static void adds_letter(void *argument) {
    const char *letter = argument;
    trace_add(*letter);
}

static void preempt_by_send(void) {
    box_reset();
    thread_id_t id = test_spawn(receives_letter, NULL, MAIN + 1);
    trace_add('1');
    TAP_EQ(letter_box_send(&box, &(char){'h'}), STATUS_OK, "send");
    trace_add('2');
    test_join(id);
    TAP_TEXT(trace_text(), "1h2", "a higher receiver runs before send returns");
}

static void no_preemption_by_send(void) {
    box_reset();
    thread_id_t equal = test_spawn(receives_letter, NULL, MAIN);
    thread_yield();
    trace_add('1');
    TAP_EQ(letter_box_send(&box, &(char){'e'}), STATUS_OK, "send");
    trace_add('2');
    test_join(equal);
    TAP_TEXT(trace_text(), "12e", "an equal receiver runs when the sender blocks");

    trace_clear();
    thread_id_t lower = test_spawn(receives_letter, NULL, MAIN - 1);
    test_settle();
    trace_add('1');
    TAP_EQ(letter_box_try_send(&box, &(char){'l'}), STATUS_OK, "try_send");
    thread_yield();
    trace_add('2');
    test_join(lower);
    TAP_TEXT(trace_text(), "12l", "a lower one does not run even when the sender yields");
}

static void sends_letter(void *argument) {
    const char *letter = argument;
    status_t status = letter_box_send(&box, letter);
    trace_add(status == STATUS_OK ? *letter : '!');
}

static void preempt_by_receive(void) {
    static char letters[] = "s";
    char letter = 0;
    box_reset();
    TAP_EQ(letter_box_try_send(&box, &(char){'f'}), STATUS_OK, "the mailbox is full");
    thread_id_t id = test_spawn(sends_letter, letters, MAIN + 1);
    trace_add('1');
    TAP_EQ(letter_box_recv(&box, &letter), STATUS_OK, "recv");
    trace_add('2');
    test_join(id);
    TAP_EQ(letter, 'f', "the oldest message is received");
    TAP_TEXT(trace_text(), "1s2", "a higher sender runs before receive returns");
    TAP_EQ(letter_box_try_recv(&box, &letter), STATUS_OK, "its message is in the mailbox");
    TAP_EQ(letter, 's', "as it was sent");
}

static void preempt_by_spawn(void) {
    static char letters[] = "hel";
    trace_add('1');
    thread_id_t lower = test_spawn(adds_letter, &letters[2], MAIN - 1);
    thread_id_t equal = test_spawn(adds_letter, &letters[1], MAIN);
    thread_id_t higher = test_spawn(adds_letter, &letters[0], MAIN + 1);
    trace_add('2');
    thread_yield();
    trace_add('3');
    test_join(lower);
    test_join(equal);
    test_join(higher);
    TAP_TEXT(trace_text(), "1h2e3l", "spawned threads run by their priority");
}

static volatile bool expired;

static void sleeps_to(void *argument) {
    const instant_t *when = argument;
    thread_sleep_until(*when);
    trace_add('t');
    expired = true;
}

static void preempt_by_timer(void) {
    static instant_t when;
    expired = false;
    when = time_after(time_us(200));
    instant_t limit = time_after(time_ms(5));
    thread_id_t id = test_spawn(sleeps_to, &when, MAIN + 1);
    trace_add('1');
    while (!expired && instant_before(time_now(), limit)) {
    }
    trace_add('2');
    TAP_OK(expired, "a higher sleeper preempts a loop");
    TAP_OK(!instant_before(time_now(), when), "not before its time");
    test_join(id);
    TAP_TEXT(trace_text(), "1t2", "and the loop goes on after it");

    trace_clear();
    expired = false;
    when = time_after(time_us(200));
    id = test_spawn(sleeps_to, &when, MAIN - 1);
    thread_sleep_us(50);
    test_spin_until(time_after(time_us(400)));
    trace_add('1');
    TAP_OK(!expired, "a lower sleeper does not run though its time has come");
    test_join(id);
    TAP_TEXT(trace_text(), "1t", "but as soon as it may");
}

static void joins_then_adds(void *argument) {
    const thread_id_t *id = argument;
    trace_add(thread_join(*id, NULL) == STATUS_OK ? 'j' : '!');
}

static void preempt_by_exit(void) {
    static char letters[] = "la";
    static thread_id_t lower;
    lower = test_spawn(adds_letter, &letters[0], MAIN - 2);
    thread_id_t between = test_spawn(adds_letter, &letters[1], MAIN - 3);
    thread_id_t joiner = test_spawn(joins_then_adds, &lower, MAIN + 1);
    test_join(joiner);
    trace_add('m');
    test_join(between);
    TAP_TEXT(trace_text(), "ljma", "a joiner runs as soon as the joined thread ends");
}

static void yields_twice(void *argument) {
    const char *letter = argument;
    trace_add(*letter);
    thread_yield();
    trace_add(*letter);
}

static void yield_order(void) {
    static char letters[] = "abc";
    thread_id_t ids[3];
    for (unsigned i = 0; i < 3; i++) {
        ids[i] = test_spawn(yields_twice, &letters[i], MAIN - 1);
    }
    for (unsigned i = 0; i < 3; i++) {
        test_join(ids[i]);
    }
    TAP_TEXT(trace_text(), "abcabc", "yield goes round its level");
    trace_clear();
    trace_add('1');
    thread_yield();
    trace_add('2');
    TAP_TEXT(trace_text(), "12", "a lone thread's yield returns");
}

static volatile uint64_t turns;

static void is_preempted(void *argument) {
    const char *letter = argument;
    trace_add(*letter);
    for (uint64_t seen = turns; turns < seen + 3;) {
    }
    trace_add(*letter);
}

/* A preempted thread stays the oldest of its level: a burst of higher wake-ups does not send it to
 * the end. */
static void preempted_keeps_place(void) {
    static char letters[] = "ab";
    turns = 0;
    thread_id_t a = test_spawn(is_preempted, &letters[0], MAIN - 1);
    thread_id_t b = test_spawn(is_preempted, &letters[1], MAIN - 1);
    for (unsigned i = 0; i < 6; i++) {
        thread_sleep_us(50);
        turns++;
    }
    test_join(a);
    test_join(b);
    TAP_TEXT(trace_text(), "aabb", "FIFO threads run to their end one after the other");
}

static const struct test_case preemption_cases[] = {
    {"preempt_by_send", preempt_by_send, TEST_ALWAYS},
    {"no_preemption_by_send", no_preemption_by_send, TEST_ALWAYS},
    {"preempt_by_receive", preempt_by_receive, TEST_ALWAYS},
    {"preempt_by_spawn", preempt_by_spawn, TEST_ALWAYS},
    {"preempt_by_timer", preempt_by_timer, TEST_EXACT},
    {"preempt_by_exit", preempt_by_exit, TEST_ALWAYS},
    {"yield_order", yield_order, TEST_ALWAYS},
    {"preempted_keeps_place", preempted_keeps_place, TEST_EXACT},
};
TEST_GROUP(preemption);
