/* SPDX-License-Identifier: MIT */
/* Event flags: conditions, clearing, what a set does to whom, sets within sets, deadlines, close. */
#include "kernel/sync/event_flags.h"

#include "kernel/sync/event_flags_internal.h"
#include "tests/unit/kernel/scenario.h"

#define MAIN CONFIG_MAIN_PRIORITY
#define ANY  EVENT_FLAGS_ANY
#define ALL  EVENT_FLAGS_ALL
#define TAKE EVENT_FLAGS_CLEAR

static struct event_flags flags;

static void play(uint64_t value, thread_entry entry) {
    trace_length = 0;
    trace[0] = '\0';
    machine_reset();
    EXPECT_EQ(event_flags_init(&flags, value), STATUS_OK);
    machine_watch_event_flags(&flags);
    machine_run(entry, NULL, NULL);
    EXPECT(prio_queue_is_empty(&flags.waiters[flags.current ^ 1]));
    EXPECT(flags.first == NULL);
}

struct waiter {
    char letter;
    uint64_t bits;
    unsigned mode;
    uint64_t seen;
    void (*then)(void); /* what it does once it is woken */
};

static void wait_and_note(void *argument) {
    struct waiter *self = argument;
    status_t status = event_flags_wait(&flags, self->bits, self->mode, &self->seen);
    note(self->letter);
    note(status == STATUS_OK ? (char)('0' + self->seen) : status == STATUS_CLOSED ? 'C' : '?');
    if (self->then != NULL) {
        self->then();
    }
}

static void start(struct waiter *waiter, uint8_t priority) {
    spawn(wait_and_note, waiter, priority);
}

static void set(uint64_t bits) {
    EXPECT_EQ(event_flags_set(&flags, bits), STATUS_OK);
}

static status_t try_wait(uint64_t bits, unsigned mode) {
    uint64_t seen = 99;
    status_t status = event_flags_try_wait(&flags, bits, mode, &seen);
    EXPECT((seen == 99) == (status != STATUS_OK));
    return status;
}

/* --- Without waiting -------------------------------------------------------------------------- */

static void conditions(void *unused) {
    (void)unused;
    EXPECT_EQ(try_wait(0, ANY), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(try_wait(1, 4), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(event_flags_wait_until(&flags, 0, ANY, NULL, (instant_t){0}),
              STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(try_wait(6, ANY), STATUS_WOULD_BLOCK);
    set(2);
    EXPECT_EQ(try_wait(6, ANY), STATUS_OK);
    EXPECT_EQ(try_wait(6, ALL), STATUS_WOULD_BLOCK);
    set(UINT64_C(1) << 63 | 4);
    EXPECT_EQ(try_wait(6, ALL), STATUS_OK);
    EXPECT(event_flags_value(&flags) == (UINT64_C(1) << 63 | 6));
    EXPECT_EQ(event_flags_clear(&flags, UINT64_C(1) << 63), STATUS_OK);
    EXPECT_EQ(try_wait(14, ANY | TAKE), STATUS_OK);
    EXPECT_EQ(event_flags_value(&flags), 0);
    set(7);
    EXPECT_EQ(try_wait(12, ALL | TAKE), STATUS_WOULD_BLOCK);
    EXPECT_EQ(try_wait(6, ALL | TAKE), STATUS_OK);
    EXPECT_EQ(event_flags_value(&flags), 1);
    EXPECT_EQ(event_flags_wait(&flags, 1, ANY, NULL), STATUS_OK);
    note('e');
}

TEST(any_all_and_clearing) {
    EXPECT_EQ(event_flags_init(NULL, 0), STATUS_INVALID_ARGUMENT);
    play(0, conditions);
    EXPECT_STRING(trace, "e");
}

/* --- Whom a set wakes, with what, in which order ------------------------------------------------ */

static void five_waiters(void *unused) {
    (void)unused;
    static struct waiter a = {'a', 1, ANY, 0, NULL}, b = {'b', 3, ALL, 0, NULL},
                         c = {'c', 2, ANY, 0, NULL}, d = {'d', 3, ANY, 0, NULL},
                         e = {'e', 1, ANY | TAKE, 0, NULL};
    start(&a, MAIN - 2);
    start(&b, MAIN - 2);
    start(&c, MAIN - 1);
    start(&d, MAIN - 1);
    start(&e, MAIN - 1);
    thread_sleep_ticks(10);
    set(1);
    EXPECT_EQ(event_flags_value(&flags), 0); /* e's, though it has not run */
    note('.');
    thread_sleep_ticks(10);
    note('.');
    set(3);
    note('.');
}

TEST(a_set_wakes_all_whose_condition_is_met_by_priority_then_in_order) {
    play(0, five_waiters);
    EXPECT_STRING(trace, ".d1e1a1..c3b3");
}

static void two_takers(void *unused) {
    (void)unused;
    static struct waiter a = {'a', 1, ANY | TAKE, 0, NULL}, b = {'b', 1, ANY | TAKE, 0, NULL};
    start(&a, MAIN + 1);
    start(&b, MAIN + 1);
    set(1);
    note('.');
    EXPECT_EQ(try_wait(1, ANY), STATUS_WOULD_BLOCK);
}

TEST(both_who_would_clear_a_bit_are_woken_by_it) {
    play(0, two_takers);
    EXPECT_STRING(trace, "a1b1.");
}

/* --- Between the steps of a set ------------------------------------------------------------------ */

static void clears_1(void) {
    EXPECT_EQ(event_flags_clear(&flags, 1), STATUS_OK);
}

static void judged_at_one_moment(void *unused) {
    (void)unused;
    static struct waiter a = {'a', 2, ANY, 0, clears_1}, b = {'b', 3, ALL, 0, NULL};
    set(1);
    start(&a, MAIN + 2); /* clears what b needs, before the set has come to b */
    start(&b, MAIN + 1);
    set(2);
    note('.');
    EXPECT_EQ(event_flags_value(&flags), 2);
}

TEST(who_waits_at_the_moment_of_a_set_is_judged_by_that_moment) {
    play(0, judged_at_one_moment);
    EXPECT_STRING(trace, "a3b3.");
}

static void waits_again(void) {
    uint64_t seen = 0;
    note('(');
    status_t status = event_flags_wait(&flags, 1, ANY, &seen);
    note(status == STATUS_OK ? (char)('0' + seen) : '?');
    note(')');
}

static void joined_meanwhile(void *unused) {
    (void)unused;
    static struct waiter a = {'a', 1, ANY, 0, waits_again}, b = {'b', 1, ANY | TAKE, 0, NULL},
                         c = {'c', 4, ANY, 0, NULL};
    start(&a, MAIN + 3); /* waits again before the set has come to b, which will clear the bit */
    start(&b, MAIN + 2);
    start(&c, MAIN + 1);
    set(1);
    note('.');
    EXPECT_EQ(event_flags_value(&flags), 0);
    set(5);
    note('.');
}

TEST(who_waits_during_a_set_finds_the_flags_as_they_are_behind_it) {
    play(0, joined_meanwhile);
    EXPECT_STRING(trace, "a1(b1.5)c5.");
}

static void sets_2(void) {
    note('[');
    set(2);
    note(']');
}

static void set_within_a_set(void *unused) {
    (void)unused;
    static struct waiter a = {'a', 1, ANY, 0, sets_2}, b = {'b', 3, ALL, 0, NULL},
                         c = {'c', 1, ANY | TAKE, 0, NULL}, d = {'d', 2, ANY, 0, NULL};
    start(&a, MAIN + 4); /* its set begins when the first has come to all, and cleared bit 0 */
    start(&b, MAIN + 3);
    start(&c, MAIN + 2);
    start(&d, MAIN + 1);
    set(1);
    note('.');
    EXPECT_EQ(event_flags_value(&flags), 2);
    set(1);
    note('.');
}

TEST(a_set_within_a_set_takes_effect_behind_it) {
    play(0, set_within_a_set);
    EXPECT_STRING(trace, "a1[]c1d2.b3.");
}

/* Three sets at once: each is behind the one before, and is done when its caller goes on. */
static void sets_4(void) {
    note('{');
    set(4);
    note('}');
}

static void three_sets(void *unused) {
    (void)unused;
    static struct waiter a = {'a', 1, ANY, 0, sets_2}, b = {'b', 1, ANY, 0, sets_4},
                         c = {'c', 7, ALL, 0, NULL}, d = {'d', 8, ANY, 0, NULL};
    start(&a, MAIN + 1);
    start(&b, MAIN + 2);
    start(&c, MAIN + 3);
    start(&d, MAIN + 4);
    set(1);
    note('.');
    EXPECT_EQ(event_flags_clear(&flags, 7), STATUS_OK);
    set(8);
}

TEST(sets_of_several_threads_come_one_after_the_other) {
    play(0, three_sets);
    EXPECT_STRING(trace, "b1{}a1[c7].d8");
}

/* --- Deadlines, close ------------------------------------------------------------------------- */

static void deadlines(void *unused) {
    (void)unused;
    uint64_t seen = 42;
    hosted_step(100);
    EXPECT_EQ(event_flags_wait_until(&flags, 1, ANY, &seen, (instant_t){100}), STATUS_TIMED_OUT);
    EXPECT_EQ(event_flags_wait_until(&flags, 1, ANY, &seen, (instant_t){150}), STATUS_TIMED_OUT);
    EXPECT_EQ(hosted.now, 150);
    EXPECT_EQ(seen, 42);
    set(1);
    EXPECT_EQ(event_flags_wait_until(&flags, 1, ANY, &seen, (instant_t){0}), STATUS_OK);
    EXPECT_EQ(seen, 1);
}

TEST(deadlines_are_kept) {
    play(0, deadlines);
    EXPECT_EQ(hosted.compare, UINT64_MAX);
}

static void wait_for_10(void *unused) {
    (void)unused;
    status_t status = event_flags_wait_until(&flags, 2, ANY, NULL, time_after(time_ticks(10)));
    note(status == STATUS_TIMED_OUT ? 'T' : '?');
}

static void deadline_behind_a_set(void *unused) {
    (void)unused;
    spawn(wait_for_10, NULL, MAIN + 1);
    set(1); /* moves it to the other queue, from which its deadline takes it */
    thread_sleep_ticks(20);
    note('.');
    set(2);
}

TEST(who_was_passed_by_can_still_time_out) {
    play(0, deadline_behind_a_set);
    EXPECT_STRING(trace, "T.");
}

static void closing(void *unused) {
    (void)unused;
    static struct waiter a = {'a', 1, ANY, 0, NULL}, b = {'b', 1, ANY, 0, NULL};
    start(&a, MAIN - 1);
    start(&b, MAIN + 1);
    thread_sleep_ticks(10);
    EXPECT_EQ(event_flags_close(&flags), STATUS_OK);
    note('.');
    EXPECT_EQ(event_flags_close(&flags), STATUS_CLOSED);
    EXPECT_EQ(event_flags_set(&flags, 1), STATUS_CLOSED);
    EXPECT_EQ(event_flags_clear(&flags, 1), STATUS_CLOSED);
    EXPECT_EQ(try_wait(1, ANY), STATUS_CLOSED);
    EXPECT_EQ(event_flags_wait(&flags, 1, ANY, NULL), STATUS_CLOSED);
}

TEST(close_wakes_all_and_refuses_all) {
    play(0, closing);
    EXPECT_STRING(trace, "bC.aC");
}

static void closes(void) {
    note('<');
    EXPECT_EQ(event_flags_close(&flags), STATUS_OK);
    note('>');
}

static void close_within_a_set(void *unused) {
    (void)unused;
    static struct waiter a = {'a', 1, ANY, 0, closes}, b = {'b', 2, ANY, 0, NULL},
                         c = {'c', 1, ANY, 0, NULL}, d = {'d', 1, ANY, 0, NULL};
    start(&b, MAIN + 4); /* passed by: in the other queue already */
    start(&a, MAIN + 3);
    start(&c, MAIN + 4); /* woken before a */
    start(&d, MAIN + 2);
    EXPECT_EQ(event_flags_set(&flags, 1), STATUS_OK);
    note('.');
}

TEST(close_within_a_set_comes_behind_it) {
    play(0, close_within_a_set);
    EXPECT_STRING(trace, "c1a1<bC>d1.");
}

/* A close comes while the second set waits behind the first. */
static void close_at_once(void) {
    if (flags.first != NULL && !flags.closed) {
        note('<');
        flags.closed = true;
    }
}

static void sets_refused(void) {
    note('[');
    EXPECT_EQ(event_flags_set(&flags, 2), STATUS_CLOSED);
    note(']');
}

static void close_between_sets(void *unused) {
    (void)unused;
    static struct waiter a = {'a', 1, ANY, 0, sets_refused}, b = {'b', 1, ANY, 0, NULL},
                         c = {'c', 2, ANY, 0, NULL};
    start(&a, MAIN + 2);
    start(&b, MAIN + 1);
    start(&c, MAIN + 1);
    hosted.hooks.begin = close_at_once;
    EXPECT_EQ(event_flags_set(&flags, 1), STATUS_OK);
    EXPECT_EQ(event_flags_close(&flags), STATUS_CLOSED);
    note('.');
}

TEST(a_set_that_waits_behind_another_is_refused_by_a_close) {
    play(0, close_between_sets);
    EXPECT_STRING(trace, "a1[<]b1cC.");
}

/* The set comes between the first look and the task call. */
static bool sets_soon;

static void set_at_once(void) {
    if (sets_soon && hosted.stretch.kind == HOSTED_TASK_CALL) {
        sets_soon = false;
        flags.value |= 1;
    }
}

static void set_between_the_looks(void *unused) {
    (void)unused;
    uint64_t seen = 0;
    sets_soon = true;
    hosted.hooks.begin = set_at_once;
    EXPECT_EQ(event_flags_wait(&flags, 1, ANY | TAKE, &seen), STATUS_OK);
    EXPECT_EQ(seen, 1);
    EXPECT_EQ(event_flags_value(&flags), 0);
    note('e');
}

TEST(a_bit_set_between_the_looks_is_found) {
    play(0, set_between_the_looks);
    EXPECT_STRING(trace, "e");
}
