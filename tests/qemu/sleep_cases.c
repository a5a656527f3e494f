/* SPDX-License-Identifier: MIT */
/* Sleeping: never early, late by little, in order, and without drift. */
#include "lib/random.h"
#include "tests/qemu/groups.h"

#define MAIN CONFIG_MAIN_PRIORITY

/* Instructions from the timer's moment to the woken thread's next one:
 * interrupt, handling, switch. */
#define LATE_LIMIT 1000

static uint64_t latest;

/* Sleeps until `when`; false if woken before. Keeps the worst lateness. */
static bool sleep_measured(instant_t when) {
    thread_sleep_until(when);
    instant_t now = time_now();
    uint64_t late = instant_since(now, when).ticks;
    latest = late > latest ? late : latest;
    return !instant_before(now, when);
}

static void judge_lateness(const char *name) {
    if (test_is_exact()) {
        TAP_OK(latest <= LATE_LIMIT, "late by little");
        record_number(name, latest);
    }
}

static unsigned sleep_random(uint64_t seed) {
    struct random random;
    unsigned early = 0;
    random_init(&random, seed);
    latest = 0;
    for (unsigned i = 0; i < 200; i++) {
        early += !sleep_measured(time_after(time_ticks(random_between(&random, 1, 100000))));
    }
    return early;
}

static void sleep_idle(void) {
    TAP_EQ(sleep_random(1), 0, "never early, while the machine is idle");
    judge_lateness("sleep_idle_late_max");
}

static volatile bool stop;

static void spins(void *argument) {
    (void)argument;
    while (!stop) {
    }
}

static void sleep_busy(void) {
    stop = false;
    thread_id_t hog = test_spawn(spins, NULL, MAIN - 1);
    TAP_EQ(sleep_random(2), 0, "never early, while a lower thread is busy");
    stop = true;
    test_join(hog);
    judge_lateness("sleep_busy_late_max");
}

static void sleep_shortest(void) {
    unsigned early = 0;
    latest = 0;
    for (uint64_t ticks = 0; ticks < 2000; ticks += 7) {
        early += !sleep_measured(time_after(time_ticks(ticks)));
    }
    TAP_EQ(early, 0, "sleeps of 0 to 2000 ticks end, none too early");
    judge_lateness("sleep_shortest_late_max");
}

static void sleep_past(void) {
    instant_t begin = time_now();
    thread_sleep_until((instant_t){0});
    thread_sleep_until(begin);
    thread_sleep_until(time_now());
    thread_sleep_for((duration_t){0});
    thread_sleep_ticks(0);
    thread_sleep_us(0);
    thread_sleep_ms(0);
    duration_t took = instant_since(time_now(), begin);
    TAP_OK(took.ticks < time_us(100).ticks || !test_is_exact(), "past moments return at once");
}

static void sleep_units(void) {
    instant_t begin = time_now();
    thread_sleep_ticks(1234);
    TAP_OK(instant_since(time_now(), begin).ticks >= 1234, "ticks");
    begin = time_now();
    thread_sleep_us(70);
    TAP_OK(instant_since(time_now(), begin).ticks >= time_us(70).ticks, "microseconds");
    begin = time_now();
    thread_sleep_ms(2);
    duration_t took = instant_since(time_now(), begin);
    TAP_OK(took.ticks >= time_ms(2).ticks, "milliseconds");
    TAP_OK(took.ticks < time_ms(3).ticks || !test_is_exact(), "and not something longer");
}

struct sleeper {
    instant_t when;
    char letter;
};

static void sleeps_then_adds(void *argument) {
    const struct sleeper *self = argument;
    thread_sleep_until(self->when);
    trace_add(self->letter);
}

static void run_sleepers(struct sleeper *sleepers, const unsigned *priorities, unsigned count) {
    thread_id_t ids[8];
    TAP_REQUIRE(count <= ARRAY_SIZE(ids), "room for the sleepers");
    for (unsigned i = 0; i < count; i++) {
        ids[i] = test_spawn(sleeps_then_adds, &sleepers[i], priorities[i]);
    }
    for (unsigned i = 0; i < count; i++) {
        test_join(ids[i]);
    }
}

static void sleep_order(void) {
    TEST_NEEDS(CONFIG_THREAD_SLOTS >= 11);
    static const uint64_t delays_us[] = {50, 20, 80, 10, 70, 40, 30, 60};
    static const unsigned priorities[] = {40, 40, 40, 40, 40, 40, 40, 40};
    static struct sleeper sleepers[8];
    instant_t begin = time_after(time_us(500));
    for (unsigned i = 0; i < 8; i++) {
        sleepers[i] = (struct sleeper){instant_add(begin, time_us(delays_us[i])), (char)('a' + i)};
    }
    run_sleepers(sleepers, priorities, 8);
    TAP_TEXT(trace_text(), "dbgfahec", "sleepers wake in order of their moments");
}

static void sleep_same_moment(void) {
    static const unsigned equal[] = {40, 40, 40, 40, 40};
    static const unsigned mixed[] = {40, 42, 41, 42, 40};
    static struct sleeper sleepers[5];
    instant_t when = time_after(time_us(500));
    for (unsigned i = 0; i < 5; i++) {
        sleepers[i] = (struct sleeper){when, (char)('a' + i)};
    }
    run_sleepers(sleepers, equal, 5);
    TAP_TEXT(trace_text(), "abcde", "first come, first woken among equal moments");

    trace_clear();
    when = time_after(time_us(500));
    for (unsigned i = 0; i < 5; i++) {
        sleepers[i].when = when;
    }
    run_sleepers(sleepers, mixed, 5);
    TAP_TEXT(trace_text(), "bdcae", "and they run by priority");
}

static unsigned woken_early;

static void sleeps_and_looks(void *argument) {
    const instant_t *when = argument;
    thread_sleep_until(*when);
    woken_early += instant_before(time_now(), *when);
}

/* Two moments close together: the interrupt of the first is no reason to wake the second. */
static void sleep_close(void) {
    static instant_t moments[2];
    woken_early = 0;
    for (uint64_t distance = 1; distance < 500; distance += 7) {
        thread_id_t ids[2];
        moments[0] = time_after(time_us(20));
        moments[1] = instant_add(moments[0], time_ticks(distance));
        for (unsigned i = 0; i < 2; i++) {
            /* The second is the more urgent: it would run first if it were woken. */
            ids[i] = test_spawn(sleeps_and_looks, &moments[i], MAIN + 1 + i);
        }
        test_join(ids[0]);
        test_join(ids[1]);
    }
    TAP_EQ(woken_early, 0, "sleepers of neighbouring moments wake each at its own");
}

static void sleep_no_drift(void) {
    instant_t begin = time_now();
    instant_t next = begin;
    unsigned early = 0;
    latest = 0;
    for (unsigned i = 0; i < 100; i++) {
        next = instant_add(next, time_us(100));
        early += !sleep_measured(next);
        test_spin_until(time_after(time_us(i % 50)));
    }
    TAP_EQ(early, 0, "a period never begins early");
    judge_lateness("sleep_period_late_max");
    uint64_t total = instant_since(time_now(), begin).ticks;
    TAP_OK(total < time_us(10100).ticks || !test_is_exact(), "lateness does not add up");
}

static const struct test_case sleep_cases[] = {
    {"sleep_idle", sleep_idle, TEST_ALWAYS},
    {"sleep_busy", sleep_busy, TEST_ALWAYS},
    {"sleep_shortest", sleep_shortest, TEST_EXACT},
    {"sleep_past", sleep_past, TEST_ALWAYS},
    {"sleep_units", sleep_units, TEST_ALWAYS},
    {"sleep_order", sleep_order, TEST_EXACT},
    {"sleep_same_moment", sleep_same_moment, TEST_EXACT},
    {"sleep_close", sleep_close, TEST_ALWAYS},
    {"sleep_no_drift", sleep_no_drift, TEST_ALWAYS},
};
TEST_GROUP(sleep);
