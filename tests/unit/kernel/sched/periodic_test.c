/* SPDX-License-Identifier: MIT */
/* Periods: releases at exact multiples, overruns, what is skipped, latencies, and life. */
#include "kernel/sched/periodic.h"

#include "tests/unit/kernel/scenario.h"

#define MAIN CONFIG_MAIN_PRIORITY

static struct periodic_state state_of(thread_id_t id) {
    struct periodic_state state = {0};
    EXPECT_EQ(periodic_state(id, &state), STATUS_OK);
    return state;
}

static void begin(uint64_t first, uint64_t period, uint64_t deadline) {
    const struct periodic_attributes attributes = {
        .first = {first}, .period = {period}, .deadline = {deadline}};
    EXPECT_EQ(periodic_begin(&attributes), STATUS_OK);
}

static uint64_t wait(void) {
    uint64_t skipped = 77;
    EXPECT_EQ(periodic_wait(&skipped), STATUS_OK);
    return skipped;
}

static uint64_t now(void) {
    return time_now().ticks;
}

static void refusals(void *unused) {
    (void)unused;
    const struct periodic_attributes none = {.first = {1}};
    struct periodic_state state;
    EXPECT_EQ(periodic_begin(&none), STATUS_INVALID_ARGUMENT);
    const struct periodic_attributes above = {.period = {1}, .noticed_at = 64};
    EXPECT_EQ(periodic_begin(&above), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(periodic_wait(NULL), STATUS_NOT_FOUND);
    EXPECT_EQ(periodic_state(thread_self(), &state), STATUS_NOT_FOUND);
    EXPECT_EQ(periodic_state(THREAD_ID_NONE, &state), STATUS_STALE);
    begin(1000, 10, 0);
    EXPECT_EQ(state_of(thread_self()).jobs, 0);
    EXPECT_EQ(state_of(thread_self()).latency_min.ticks, UINT64_MAX);
    note('e');
}

TEST(who_has_no_period_is_refused) {
    run(refusals);
    EXPECT_STRING(trace, "e");
}

static void exact(void *unused) {
    (void)unused;
    begin(5000, 700, 0);
    for (uint64_t job = 0; job < 2000; job++) {
        EXPECT_EQ(wait(), 0);
        EXPECT_EQ(state_of(thread_self()).release.ticks, 5000 + job * 700);
        EXPECT(now() >= 5000 + job * 700);
        EXPECT(now() < 5000 + job * 700 + 50);
        hosted_step(job * 37 % 600);
    }
    struct periodic_state state = state_of(thread_self());
    EXPECT_EQ(state.jobs, 2000);
    EXPECT_EQ(state.overruns, 0);
    EXPECT_EQ(state.skipped, 0);
    EXPECT_EQ(state.misses, 0);
    EXPECT(state.latency_max.ticks < 50);
    note('e');
}

TEST(releases_are_multiples_of_the_period) {
    run(exact);
    EXPECT_STRING(trace, "e");
}

static void late(void *unused) {
    (void)unused;
    begin(1000, 100, 0);
    EXPECT_EQ(wait(), 0);
    hosted_step(1100 - now() + 5); /* 5 late: the job of 1100 begins at once */
    EXPECT_EQ(wait(), 0);
    EXPECT_EQ(state_of(thread_self()).release.ticks, 1100);
    EXPECT(now() < 1150);
    hosted_step(1450 - now()); /* 1200 and 1300 are lost, 1400 is under way */
    EXPECT_EQ(wait(), 2);
    EXPECT_EQ(state_of(thread_self()).release.ticks, 1400);
    EXPECT(now() < 1500);
    EXPECT_EQ(wait(), 0);
    struct periodic_state state = state_of(thread_self());
    EXPECT_EQ(state.release.ticks, 1500);
    EXPECT(now() >= 1500);
    EXPECT_EQ(state.jobs, 4);
    EXPECT_EQ(state.overruns, 2);
    EXPECT_EQ(state.skipped, 2);
    EXPECT(state.latency_max.ticks >= 50 && state.latency_max.ticks < 100);
    EXPECT(state.latency_min.ticks < 10);
    note('e');
}

TEST(who_is_late_takes_the_latest_release_and_skips_the_others) {
    run(late);
    EXPECT_STRING(trace, "e");
}

static void began_late(void *unused) {
    (void)unused;
    hosted_step(1000);
    begin(500, 100, 0);
    EXPECT_EQ(wait(), (now() - 500) / 100);
    struct periodic_state state = state_of(thread_self());
    EXPECT_EQ(state.overruns, 0); /* no job was late */
    EXPECT_EQ(state.release.ticks, now() / 100 * 100);
    begin(now(), 5000, 0);
    EXPECT_EQ(wait(), 0);
    state = state_of(thread_self());
    EXPECT_EQ(state.overruns, 0);
    EXPECT_EQ(state.skipped, 0);
    EXPECT_EQ(state.jobs, 1);
    note('e');
}

TEST(a_first_release_may_be_past) {
    run(began_late);
    EXPECT_STRING(trace, "e");
}

static void at_the_end(void *unused) {
    (void)unused;
    begin(1000, UINT64_MAX - 500, 0);
    EXPECT_EQ(wait(), 0);
    note('w');
    (void)wait(); /* the next is past the end of time */
    note('?');
}

TEST(past_the_end_of_time_is_never) {
    run(at_the_end);
    EXPECT_STRING(trace, "w");
    EXPECT_EQ(hosted.compare, UINT64_MAX);
}

static void misses(void *unused) {
    (void)unused;
    begin(1000, 100, 40);
    EXPECT_EQ(wait(), 0);
    EXPECT_EQ(state_of(thread_self()).deadline.ticks, 1040);
    hosted_step(30);
    EXPECT_EQ(state_of(thread_self()).misses, 0);
    EXPECT_EQ(wait(), 0); /* in time: called off */
    hosted_step(1139 - now());
    EXPECT_EQ(state_of(thread_self()).misses, 0);
    hosted_step(5);
    EXPECT_EQ(state_of(thread_self()).misses, 1); /* at the moment, not at the wait */
    hosted_step(40);
    EXPECT_EQ(wait(), 0);
    hosted_step(1300 - now() + 60);
    EXPECT_EQ(state_of(thread_self()).misses, 2);
    EXPECT_EQ(wait(), 0); /* 1300's deadline is past before it begins */
    EXPECT_EQ(state_of(thread_self()).misses, 3);
    EXPECT_EQ(wait(), 0);
    EXPECT_EQ(state_of(thread_self()).deadline.ticks, 1440);
    begin(5000, 100, 0); /* calls it off */
    EXPECT_EQ(hosted.compare, UINT64_MAX);
    EXPECT_EQ(state_of(thread_self()).deadline.ticks, UINT64_MAX);
    note('e');
}

TEST(deadlines_are_missed_at_their_moment) {
    run(misses);
    EXPECT_STRING(trace, "e");
}

static void one_job(void *argument) {
    begin(*(uint64_t *)argument, 1000, 500);
    EXPECT_EQ(wait(), 0);
    note('j');
}

static void waits_for_ever(void *argument) {
    (void)argument;
    begin(UINT64_MAX, 1000, 50);
    (void)wait();
}

static void life(void *unused) {
    (void)unused;
    uint64_t first = 100;
    thread_id_t id = spawn(one_job, &first, MAIN + 1);
    thread_sleep_until((instant_t){200});
    EXPECT_EQ(state_of(id).jobs, 1); /* ended, not joined: what it counted is there */
    thread_sleep_until((instant_t){700});
    EXPECT_EQ(state_of(id).misses, 0); /* and it misses nothing any more */
    EXPECT_EQ(thread_join(id, NULL), STATUS_OK);
    first = now() + 10;
    id = spawn(one_job, &first, MAIN + 1);
    thread_sleep_until((instant_t){first + 50});
    EXPECT_EQ(thread_join(id, NULL), STATUS_OK);
    EXPECT_EQ(hosted.compare,
              first + 500); /* left armed, for nobody, until the next one takes it */
    (void)spawn(waits_for_ever, NULL, MAIN + 1);
    EXPECT_EQ(hosted.compare, UINT64_MAX);
    for (unsigned i = 1; i < CONFIG_PERIODIC_THREADS; i++) {
        (void)spawn(waits_for_ever, NULL, MAIN + 1);
    }
    const struct periodic_attributes attributes = {.first = {1}, .period = {1}};
    EXPECT_EQ(periodic_begin(&attributes), STATUS_NO_SLOT);
    note('e');
}

TEST(what_a_thread_has_goes_back_with_its_slot) {
    run(life);
    EXPECT_STRING(trace, "jje");
}
