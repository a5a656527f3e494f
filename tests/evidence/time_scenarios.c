/* SPDX-License-Identifier: MIT */
/* Sleeping with a moment before all others, and time in words. */
#include "kernel/time/time.h"

#include "tests/evidence/puppets.h"

static instant_t begun;
static instant_t woken;

static void sleeps_until(void) {
    begun = time_now();
    inline_thread_sleep_until(instant_add(begun, time_ms(1)));
    woken = time_now();
}

static void sleeps_for(void) {
    begun = time_now();
    inline_thread_sleep_for(time_ms(1));
    woken = time_now();
}

static void sleeps_ticks(void) {
    begun = time_now();
    inline_thread_sleep_ticks(time_ms(1).ticks);
    woken = time_now();
}

static void sleeps_us(void) {
    begun = time_now();
    inline_thread_sleep_us(1000);
    woken = time_now();
}

static void sleeps_ms(void) {
    begun = time_now();
    inline_thread_sleep_ms(1);
    woken = time_now();
}

static void sleep_first(void (*act)(void)) {
    events_arm(time_after(time_ms(5)), 1000, NULL, false);
    events_lower(EVIDENCE_ACTOR); /* whoever is first there makes way, and plays all matches */
    actor_run(act);
    uint64_t slept = instant_since(woken, begun).ticks;
    TAP_OK(slept >= time_ms(1).ticks && slept < time_ms(1).ticks + 1000, "woken in time");
    events_raise();
    events_pass();
}

static void time_sleep(void) {
    puppets_begin();
    sleep_first(sleeps_until);
    sleep_first(sleeps_for);
    sleep_first(sleeps_ticks);
    sleep_first(sleeps_us);
    sleep_first(sleeps_ms);
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
