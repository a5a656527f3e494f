/* SPDX-License-Identifier: MIT */
/* Conditions: a small buffer between threads; who goes on, and when its time is up. */
#include "kernel/sync/condition.h"
#include "tests/qemu/groups.h"

#define MAIN CONFIG_MAIN_PRIORITY

static struct mutex mutex;
static struct condition changed;

static void prepare(void) {
    trace_clear();
    TAP_REQUIRE(mutex_init(&mutex, NULL) == STATUS_OK, "a mutex");
    TAP_REQUIRE(condition_init(&changed) == STATUS_OK, "a condition");
}

static void waits(void *argument) {
    const char *letter = argument;
    status_t status = mutex_lock(&mutex);
    if (status == STATUS_OK) {
        status = condition_wait(&changed, &mutex);
        trace_add(status == STATUS_OK ? *letter : status == STATUS_CLOSED ? 'C' : '?');
        status = mutex_unlock(&mutex);
    }
    if (status != STATUS_OK) {
        trace_add('!');
    }
}

static void condition_order(void) {
    static char letters[] = "abcd";
    thread_id_t ids[4];
    prepare();
    for (unsigned i = 0; i < 4; i++) {
        ids[i] = test_spawn(waits, &letters[i], MAIN - 4 + i);
        test_settle();
    }
    condition_signal(&changed);
    test_settle();
    TAP_TEXT(trace_text(), "d", "a signal is for the highest");
    TAP_EQ(condition_broadcast(&changed), STATUS_NOT_OWNER, "a broadcast is the owner's");
    TAP_EQ(mutex_lock(&mutex), STATUS_OK, "main owns it");
    condition_signal(&changed);
    test_settle();
    TAP_TEXT(trace_text(), "d", "nobody goes on while the mutex is owned");
    TAP_EQ(condition_broadcast(&changed), STATUS_OK, "a broadcast");
    TAP_EQ(mutex_unlock(&mutex), STATUS_OK, "and an unlock");
    for (unsigned i = 0; i < 4; i++) {
        test_join(ids[i]);
    }
    TAP_TEXT(trace_text(), "dcba", "all go on in their order");
}

static void condition_times_out(void) {
    prepare();
    TAP_EQ(mutex_lock(&mutex), STATUS_OK, "main owns it");
    instant_t deadline = time_after(time_us(100));
    TAP_EQ(condition_wait_until(&changed, &mutex, deadline), STATUS_TIMED_OUT, "nobody signals");
    TAP_OK(!instant_before(time_now(), deadline), "until the moment");
    TAP_EQ(mutex_unlock(&mutex), STATUS_OK, "and main owns it again");
    TAP_EQ(condition_wait(&changed, &mutex), STATUS_NOT_OWNER, "who waits owns the mutex");
}

static void condition_close_wakes(void) {
    static char letter = 'a';
    prepare();
    thread_id_t first = test_spawn(waits, &letter, MAIN - 1);
    thread_id_t second = test_spawn(waits, &letter, MAIN - 2);
    test_settle();
    TAP_EQ(condition_close(&changed), STATUS_OK, "closed");
    test_join(first);
    test_join(second);
    TAP_TEXT(trace_text(), "CC", "all are told");
    waits(&letter);
    TAP_TEXT(trace_text(), "CCC", "and nobody waits any more");
}

/* --- A buffer of two between a producer and consumers of several priorities --- */

#define ITEMS 300
#define ROOM  2

static unsigned held, produced, consumed, wrong;
static struct condition has_room;

static void produces(void *argument) {
    (void)argument;
    for (unsigned i = 0; i < ITEMS; i++) {
        wrong += mutex_lock(&mutex) != STATUS_OK;
        while (held == ROOM) {
            wrong += condition_wait(&has_room, &mutex) != STATUS_OK;
        }
        held++;
        produced++;
        condition_signal(&changed);
        wrong += mutex_unlock(&mutex) != STATUS_OK;
    }
}

static void consumes(void *argument) {
    (void)argument;
    for (unsigned i = 0; i < ITEMS / 3; i++) {
        wrong += mutex_lock(&mutex) != STATUS_OK;
        while (held == 0) {
            wrong += condition_wait(&changed, &mutex) != STATUS_OK;
        }
        held--;
        consumed++;
        condition_signal(&has_room);
        wrong += mutex_unlock(&mutex) != STATUS_OK;
    }
}

static void condition_buffer(void) {
    thread_id_t ids[4];
    prepare();
    TAP_REQUIRE(condition_init(&has_room) == STATUS_OK, "another condition");
    held = produced = consumed = wrong = 0;
    for (unsigned i = 0; i < 3; i++) {
        ids[i] = test_spawn_round_robin(consumes, NULL, MAIN - 1 - i);
    }
    ids[3] = test_spawn(produces, NULL, MAIN - 2);
    for (unsigned i = 0; i < 4; i++) {
        test_join(ids[i]);
    }
    TAP_OK(produced == ITEMS && consumed == ITEMS && held == 0, "what was produced is consumed");
    TAP_EQ(wrong, 0, "every call is answered well");
}

static void condition_refusals(void) {
    static char letter = 'a';
    static struct mutex other;
    const struct mutex_attributes recursive = {.recursive = true};
    prepare();
    TAP_EQ(condition_init(NULL), STATUS_INVALID_ARGUMENT, "no condition");
    thread_id_t waiter = test_spawn(waits, &letter, MAIN - 1);
    test_settle();
    TAP_EQ(mutex_init(&other, &recursive), STATUS_OK, "another mutex");
    TAP_EQ(mutex_lock(&other), STATUS_OK, "is locked");
    TAP_EQ(condition_wait(&changed, &other), STATUS_INVALID_ARGUMENT, "others wait with the first");
    TAP_EQ(mutex_lock(&other), STATUS_OK, "and again");
    TAP_EQ(condition_wait(&changed, &other), STATUS_BUSY, "locked more than once");
    TAP_EQ(mutex_unlock(&other), STATUS_OK, "once");
    TAP_EQ(mutex_unlock(&other), STATUS_OK, "twice");
    condition_signal(&changed);
    test_join(waiter);
    TAP_TEXT(trace_text(), "a", "the waiter is not disturbed");
}

static const struct test_case condition_cases[] = {
    {"condition_order", condition_order, TEST_ALWAYS},
    {"condition_times_out", condition_times_out, TEST_ALWAYS},
    {"condition_close_wakes", condition_close_wakes, TEST_ALWAYS},
    {"condition_refusals", condition_refusals, TEST_ALWAYS},
    {"condition_buffer", condition_buffer, TEST_ALWAYS},
};
TEST_GROUP(condition);
