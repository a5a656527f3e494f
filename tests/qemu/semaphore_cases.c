/* SPDX-License-Identifier: MIT */
/* Semaphores: units, who is served in which order, deadlines, closing. */
#include "kernel/sync/semaphore.h"
#include "tests/qemu/groups.h"

#define MAIN    CONFIG_MAIN_PRIORITY
#define WAITERS 5

static struct semaphore units;
static status_t statuses[WAITERS];

static void units_reset(uint64_t initial, uint64_t maximum) {
    TAP_REQUIRE(semaphore_init(&units, initial, maximum) == STATUS_OK, "a semaphore is made");
    trace_clear();
}

static void takes(void *argument) {
    uint64_t number = (uint64_t)(uintptr_t)argument;
    statuses[number] = semaphore_take(&units);
    trace_add((char)('a' + number));
}

static void semaphore_units(void) {
    units_reset(1, 3);
    TAP_EQ(semaphore_try_take(&units), STATUS_OK, "the first unit");
    TAP_EQ(semaphore_try_take(&units), STATUS_WOULD_BLOCK, "no more");
    unsigned given = 0;
    while (semaphore_give(&units) == STATUS_OK) {
        given++;
    }
    TAP_EQ(given, 3, "as many are given as the maximum says");
    TAP_EQ(semaphore_give(&units), STATUS_FULL, "one more is refused");
    TAP_EQ(semaphore_count(&units), 3, "and nothing changed");
}

static void semaphore_order(void) {
    static const unsigned priorities[WAITERS] = {40, 42, 41, 42, 40};
    thread_id_t ids[WAITERS];
    units_reset(0, 1);
    for (unsigned i = 0; i < WAITERS; i++) {
        statuses[i] = STATUS_BUSY;
        ids[i] = test_spawn(takes, (void *)(uintptr_t)i, priorities[i]);
    }
    for (unsigned i = 0; i < WAITERS; i++) {
        TAP_EQ(semaphore_give(&units), STATUS_OK, "a unit for a waiter");
    }
    TAP_EQ(semaphore_count(&units), 0, "hand-off leaves nothing to take");
    for (unsigned i = 0; i < WAITERS; i++) {
        test_join(ids[i]);
        TAP_EQ(statuses[i], STATUS_OK, "each has its unit");
    }
    TAP_TEXT(trace_text(), "bdcae", "by priority, then first come");
}

static void takes_in_time(void *argument) {
    (void)argument;
    statuses[0] = semaphore_take_until(&units, time_after(time_ms(100)));
}

static void semaphore_in_time(void) {
    units_reset(0, 1);
    thread_id_t lower = test_spawn(takes_in_time, NULL, MAIN - 1);
    test_settle();
    TAP_EQ(semaphore_give(&units), STATUS_OK, "to who waits until a moment");
    TAP_EQ(semaphore_try_take(&units), STATUS_WOULD_BLOCK, "and so has it");
    test_join(lower);
    TAP_EQ(statuses[0], STATUS_OK, "in time");
}

static void semaphore_deadline(void) {
    units_reset(0, 1);
    instant_t deadline = time_after(time_us(50));
    TAP_EQ(semaphore_take_until(&units, deadline), STATUS_TIMED_OUT, "no unit comes");
    TAP_OK(!instant_before(time_now(), deadline), "never early");
    TAP_EQ(semaphore_give(&units), STATUS_OK, "nobody waits any more");
    TAP_EQ(semaphore_take_until(&units, deadline), STATUS_OK, "a past deadline tries once");
    TAP_EQ(semaphore_take_until(&units, deadline), STATUS_TIMED_OUT, "and does not wait");
}

static void semaphore_closing(void) {
    thread_id_t ids[WAITERS];
    units_reset(0, 1);
    for (unsigned i = 0; i < WAITERS; i++) {
        ids[i] = test_spawn(takes, (void *)(uintptr_t)i, MAIN - 1 + i);
    }
    test_settle();
    TAP_EQ(semaphore_close(&units), STATUS_OK, "closed");
    for (unsigned i = 0; i < WAITERS; i++) {
        test_join(ids[i]);
        TAP_EQ(statuses[i], STATUS_CLOSED, "each is told");
    }
    TAP_TEXT(trace_text(), "edcba", "the highest first");
    TAP_EQ(semaphore_close(&units), STATUS_CLOSED, "it was closed");
    TAP_EQ(semaphore_give(&units), STATUS_CLOSED, "no gives");
    TAP_EQ(semaphore_take(&units), STATUS_CLOSED, "no takes");
}

/* A producer and a consumer with a bounded store between, above, level and below each other. */
static struct semaphore room;

static void consumes(void *argument) {
    unsigned *count = argument;
    while (semaphore_take(&units) == STATUS_OK && semaphore_give(&room) == STATUS_OK) {
        ++*count;
    }
}

static void semaphore_pair(void) {
    static const unsigned priorities[] = {MAIN + 1, MAIN, MAIN - 1};
    for (unsigned p = 0; p < ARRAY_SIZE(priorities); p++) {
        unsigned count = 0;
        unsigned sent = 0;
        units_reset(0, 4);
        TAP_REQUIRE(semaphore_init(&room, 4, 4) == STATUS_OK, "the store's room");
        thread_id_t id = test_spawn(consumes, &count, priorities[p]);
        while (sent < 1000 && semaphore_take(&room) == STATUS_OK &&
               semaphore_give(&units) == STATUS_OK) {
            sent++;
        }
        for (unsigned i = 0; i < 4 && semaphore_take(&room) == STATUS_OK; i++) {
        }
        TAP_EQ(sent, 1000, "1,000 units are made");
        (void)semaphore_close(&units);
        test_join(id);
        TAP_EQ(count, 1000, "and used up, by a higher, an equal and a lower thread");
    }
}

static const struct test_case semaphore_cases[] = {
    {"semaphore_units", semaphore_units, TEST_ALWAYS},
    {"semaphore_order", semaphore_order, TEST_ALWAYS},
    {"semaphore_in_time", semaphore_in_time, TEST_ALWAYS},
    {"semaphore_deadline", semaphore_deadline, TEST_ALWAYS},
    {"semaphore_closing", semaphore_closing, TEST_ALWAYS},
    {"semaphore_pair", semaphore_pair, TEST_ALWAYS},
};
TEST_GROUP(semaphore);
