/* SPDX-License-Identifier: MIT */
/* Event flags: any and all, clearing, whom a set wakes, deadlines, closing. */
#include "kernel/sync/event_flags.h"
#include "tests/qemu/groups.h"

#define MAIN    CONFIG_MAIN_PRIORITY
#define WAITERS 5

struct watcher {
    uint64_t bits;
    unsigned mode;
    unsigned priority;
    char letter;
    uint64_t seen;
    status_t status;
};

static struct event_flags flags;

static void flags_reset(uint64_t value) {
    TAP_REQUIRE(event_flags_init(&flags, value) == STATUS_OK, "event flags are made");
    trace_clear();
}

static void watches(void *argument) {
    struct watcher *self = argument;
    self->status = event_flags_wait(&flags, self->bits, self->mode, &self->seen);
    trace_add(self->letter);
}

static void event_conditions(void) {
    uint64_t seen = 0;
    flags_reset(1);
    TAP_EQ(event_flags_try_wait(&flags, 3, EVENT_FLAGS_ALL, &seen), STATUS_WOULD_BLOCK, "not all");
    TAP_EQ(event_flags_try_wait(&flags, 3, EVENT_FLAGS_ANY, &seen), STATUS_OK, "but one");
    TAP_EQ(seen, 1, "is seen");
    TAP_EQ(event_flags_set(&flags, UINT64_C(1) << 63 | 2), STATUS_OK, "more");
    TAP_EQ(event_flags_try_wait(&flags, 3, EVENT_FLAGS_ALL | EVENT_FLAGS_CLEAR, NULL), STATUS_OK,
           "all, and they are cleared");
    TAP_OK(event_flags_value(&flags) == UINT64_C(1) << 63, "the others are left");
    TAP_EQ(event_flags_clear(&flags, UINT64_MAX), STATUS_OK, "all are cleared");
    TAP_EQ(event_flags_value(&flags), 0, "none is left");
}

static void event_order(void) {
    static struct watcher watchers[WAITERS] = {
        {1, EVENT_FLAGS_ANY, 40, 'a', 0, STATUS_BUSY},
        {3, EVENT_FLAGS_ALL, 42, 'b', 0, STATUS_BUSY},
        {1, EVENT_FLAGS_ALL | EVENT_FLAGS_CLEAR, 41, 'c', 0, STATUS_BUSY},
        {5, EVENT_FLAGS_ANY, 42, 'd', 0, STATUS_BUSY},
        {1, EVENT_FLAGS_ANY, 40, 'e', 0, STATUS_BUSY},
    };
    thread_id_t ids[WAITERS];
    flags_reset(0);
    for (unsigned i = 0; i < WAITERS; i++) {
        ids[i] = test_spawn(watches, &watchers[i], watchers[i].priority);
    }
    TAP_EQ(event_flags_set(&flags, 1), STATUS_OK, "one bit");
    TAP_TEXT(trace_text(), "dcae", "wakes four, by priority, then first come");
    TAP_EQ(event_flags_value(&flags), 0, "and was cleared by one");
    TAP_EQ(event_flags_set(&flags, 2), STATUS_OK, "another bit");
    TAP_TEXT(trace_text(), "dcae", "is not all that the fifth waits for");
    TAP_EQ(event_flags_set(&flags, 1), STATUS_OK, "the first one again");
    TAP_TEXT(trace_text(), "dcaeb", "is");
    for (unsigned i = 0; i < WAITERS; i++) {
        test_join(ids[i]);
        TAP_EQ(watchers[i].status, STATUS_OK, "each was woken");
        TAP_EQ(watchers[i].seen, i == 1 ? 3 : 1, "with what met its condition");
    }
}

static void event_deadline(void) {
    flags_reset(0);
    instant_t deadline = time_after(time_us(50));
    TAP_EQ(event_flags_wait_until(&flags, 1, EVENT_FLAGS_ANY, NULL, deadline), STATUS_TIMED_OUT,
           "nothing is set");
    TAP_OK(!instant_before(time_now(), deadline), "never early");
    TAP_EQ(event_flags_set(&flags, 1), STATUS_OK, "nobody waits any more");
    TAP_EQ(event_flags_wait_until(&flags, 1, EVENT_FLAGS_ANY, NULL, deadline), STATUS_OK,
           "a past deadline tries once");
}

static void event_closing(void) {
    static struct watcher watchers[2] = {{1, EVENT_FLAGS_ANY, MAIN - 1, 'a', 0, STATUS_BUSY},
                                         {1, EVENT_FLAGS_ANY, MAIN + 1, 'b', 0, STATUS_BUSY}};
    thread_id_t ids[2];
    flags_reset(0);
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        ids[i] = test_spawn(watches, &watchers[i], watchers[i].priority);
    }
    test_settle();
    TAP_EQ(event_flags_close(&flags), STATUS_OK, "closed");
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        test_join(ids[i]);
        TAP_EQ(watchers[i].status, STATUS_CLOSED, "each is told");
    }
    TAP_TEXT(trace_text(), "ba", "the highest first");
    TAP_EQ(event_flags_set(&flags, 1), STATUS_CLOSED, "no more sets");
}

/* A thread above all waits again and again; whoever else is woken by the same set clears the bit,
 * so it must not see it twice, though it runs before they have been looked at. */
static unsigned rounds;

static void counts(void *argument) {
    (void)argument;
    while (event_flags_wait(&flags, 1, EVENT_FLAGS_ANY, NULL) == STATUS_OK) {
        rounds++;
    }
}

static void clears_each_time(void *argument) {
    (void)argument;
    while (event_flags_wait(&flags, 1, EVENT_FLAGS_ANY | EVENT_FLAGS_CLEAR, NULL) == STATUS_OK) {
    }
}

static void event_one_moment(void) {
    flags_reset(0);
    rounds = 0;
    thread_id_t higher = test_spawn(counts, NULL, MAIN + 2);
    thread_id_t lower = test_spawn(clears_each_time, NULL, MAIN + 1);
    for (unsigned i = 0; i < 100; i++) {
        (void)event_flags_set(&flags, 1);
    }
    TAP_EQ(rounds, 100, "a set is seen once");
    (void)event_flags_close(&flags);
    test_join(higher);
    test_join(lower);
}

static const struct test_case event_cases[] = {
    {"event_conditions", event_conditions, TEST_ALWAYS},
    {"event_order", event_order, TEST_ALWAYS},
    {"event_deadline", event_deadline, TEST_ALWAYS},
    {"event_closing", event_closing, TEST_ALWAYS},
    {"event_one_moment", event_one_moment, TEST_ALWAYS},
};
TEST_GROUP(event);
