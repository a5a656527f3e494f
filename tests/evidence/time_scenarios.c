/* SPDX-License-Identifier: MIT */
/* Sleeping into a deep tree, and time in words. */
#include "kernel/time/time.h"

#include "tests/evidence/puppets.h"

#define STEP 2000000 /* ticks from rank to rank: more than a unit of any sleep */

static instant_t woken;

static duration_t to_last(void) {
    return instant_since(tree_last_moment(), time_now());
}

static void sleeps_until(void) {
    inline_thread_sleep_until(tree_last_moment());
    woken = time_now();
}

static void sleeps_for(void) {
    inline_thread_sleep_for(to_last());
    woken = time_now();
}

static void sleeps_ticks(void) {
    inline_thread_sleep_ticks(to_last().ticks);
    woken = time_now();
}

static void sleeps_us(void) {
    inline_thread_sleep_us(time_to_us(to_last().ticks));
    woken = time_now();
}

static void sleeps_ms(void) {
    inline_thread_sleep_ms(time_to_us(to_last().ticks) / 1000);
    woken = time_now();
}

static void sleep_deep(void (*act)(void)) {
    tree_build(&(struct plan){&shape_insert, time_after(time_ticks(TREE_LEAD)), STEP, NULL, false});
    unsigned armed = puppets_waiting();
    actor_run(act);
    TAP_OK(instant_since(tree_last_moment(), woken).ticks < STEP / 2 + 1000 &&
               instant_since(woken, tree_last_moment()).ticks < STEP / 2,
           "woken in time");
    while (puppets_waiting() != 0) {
        thread_sleep_ms(100);
    }
    TAP_EQ(puppets_with(STATUS_TIMED_OUT), armed, "every wait timed out");
}

static void time_sleep(void) {
    sleep_deep(sleeps_until);
    sleep_deep(sleeps_for);
    sleep_deep(sleeps_ticks);
    sleep_deep(sleeps_us);
    sleep_deep(sleeps_ms);
    puppets_end();
}

static void yields(void) {
    for (unsigned i = 0; i < 3; i++) {
        inline_thread_yield();
    }
}

static void time_words(void) {
    uint64_t frequency = inline_time_frequency_hz();
    TAP_EQ(frequency, 1000000000, "a tick is a nanosecond");
    TAP_EQ(inline_time_ticks(5).ticks, 5, "ticks");
    TAP_EQ(inline_time_us(1000001).ticks, 1000001000, "microseconds");
    TAP_EQ(inline_time_ms(1001).ticks, 1001000000, "milliseconds");
    TAP_OK(inline_time_us(UINT64_MAX).ticks == UINT64_MAX, "too many microseconds");
    TAP_OK(inline_time_ms(UINT64_MAX).ticks == UINT64_MAX, "too many milliseconds");
    TAP_EQ(inline_time_to_us(1234567), 1234, "ticks as microseconds");
    instant_t before = inline_time_now();
    TAP_OK(instant_before(before, inline_time_after(inline_time_ticks(1))), "time goes on");
    TAP_OK(inline_time_after(DURATION_FOREVER).ticks == UINT64_MAX, "never");
    actor_run(yields);
}

static const struct scenario time_scenarios[] = {
    {"time_sleep", time_sleep},
    {"time_words", time_words},
};
SCENARIO_ROOM(time);
