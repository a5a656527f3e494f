/* SPDX-License-Identifier: MIT */
/* Servers with a constant bandwidth: who comes and goes, numbers that are wrong or as large as they may
 * be, and the end of time. */
#include "kernel/sched/bandwidth.h"

#include "kernel/sched/periodic.h"
#include "tests/unit/kernel/sched/bandwidths.h"

/* --- Coming and going ---------------------------------------------------------------------------- */

static void suspends_and_resumes(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){100});
    EXPECT_EQ(thread_suspend(served), STATUS_OK);
    thread_sleep_until((instant_t){900});
    EXPECT_EQ(thread_resume(served), STATUS_OK);
    looks_at(901, 1900); /* 200 left until 1000 would be too much */
    thread_sleep_until((instant_t){1300});
    EXPECT_EQ(thread_suspend(served), STATUS_OK); /* throttled */
    thread_sleep_until((instant_t){2500});
    EXPECT_EQ(thread_resume(served), STATUS_OK);
    thread_sleep_until((instant_t){2600});
    EXPECT_EQ(server_remove(served), STATUS_OK);
    instant_t deadline;
    EXPECT_EQ(edf_get_deadline(served, &deadline), STATUS_OK);
    EXPECT_EQ(deadline.ticks, UINT64_MAX);
    EXPECT_EQ(server_close(&server), STATUS_OK);
}

static void is_suspended(void *unused) {
    (void)unused;
    open_bandwidth(&server, 300, 1000, false);
    spawn_served(does, a_1000, LEVEL, &served);
    spawn(suspends_and_resumes, NULL, MAIN + 1);
}

TEST(who_is_resumed_arrives_and_who_is_removed_runs_without_budget) {
    play(is_suspended);
    EXPECT_STRING(owners(3200), "a100 .800 a300 .1300 a600 .100");
}

static void works_periodically(void *unused) {
    (void)unused;
    const struct periodic_attributes attributes = {
        .first = {1000}, .period = {1000}, .deadline = {900}, .by_deadline = true};
    EXPECT_EQ(periodic_begin(&attributes), STATUS_OK);
    for (unsigned i = 0; i < 4; i++) {
        EXPECT_EQ(periodic_wait(NULL), STATUS_OK);
        work('p', 200);
    }
    EXPECT_EQ(edf_set_deadline((instant_t){9000}), STATUS_UNSUPPORTED);
    EXPECT_EQ(periodic_begin(&attributes), STATUS_UNSUPPORTED);
    EXPECT_EQ(server_remove(thread_self()), STATUS_OK);
    EXPECT_EQ(edf_set_deadline((instant_t){9000}), STATUS_OK);
    note('e');
}

static void is_periodic(void *unused) {
    (void)unused;
    open_bandwidth(&server, 300, 1000, false);
    served = spawn(works_periodically, NULL, LEVEL);
    thread_sleep_until((instant_t){500});
    EXPECT_EQ(server_add(&server, served), STATUS_OK);
    EXPECT_EQ(thread_set_priority(served, LEVEL - 1), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(thread_set_priority(served, LEVEL), STATUS_OK);
    struct server_attributes attributes = {.budget = {1}, .period = {9}, .priority = LEVEL + 1};
    static struct server other;
    EXPECT_EQ(server_open(&other, &attributes), STATUS_OK);
    EXPECT_EQ(server_add(&other, served), STATUS_BUSY);
    attributes.bandwidth = true;
    EXPECT_EQ(server_close(&other), STATUS_OK);
    EXPECT_EQ(server_open(&other, &attributes), STATUS_OK);
    EXPECT_EQ(server_add(&other, spawn(does, none, LEVEL)), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(server_close(&other), STATUS_OK);
}

TEST(a_periodic_thread_by_deadline_can_have_a_budget) {
    play(is_periodic);
    EXPECT_STRING(owners(4400), ".1000 p200 .800 p200 .800 p200 .800 p200 .200");
    EXPECT_STRING(trace, "e");
}

/* A rival that stands behind, and one that stands before, and is taken into a server, or out of it, by
 * another of their level. */
static thread_id_t behind;

static void takes_in(void *unused) {
    (void)unused;
    edf_set_deadline((instant_t){5000});
    work('m', 100);
    EXPECT_EQ(server_add(&server, behind), STATUS_OK);
    work('m', 400);
}

static void takes_out(void *unused) {
    (void)unused;
    edf_set_deadline((instant_t){800});
    work('m', 100);
    EXPECT_EQ(server_remove(behind), STATUS_OK);
    work('m', 400);
}

static struct rival until_9000 = {9000, {{'r', 0, 200}, {'r', 0, 0}}};

static void is_taken_in(void *unused) {
    (void)unused;
    open_bandwidth(&server, 300, 1000, false);
    behind = spawn(rivals, &until_9000, LEVEL);
    spawn(takes_in, NULL, LEVEL);
}

static void is_taken_out(void *unused) {
    (void)unused;
    open_bandwidth(&server, 300, 1000, false);
    spawn_served(does, a_1000, LEVEL, &behind);
    spawn(takes_out, NULL, LEVEL);
}

TEST(who_is_taken_in_or_out_by_one_of_its_level_is_compared_at_once) {
    play(is_taken_in);
    EXPECT_STRING(owners(800), "m100 r200 m400 .100"); /* by 1100 now */
    play(is_taken_out);
    EXPECT_STRING(owners(1600), "m100 a1000 m400 .100"); /* by none: before all */
}

/* --- Numbers ------------------------------------------------------------------------------------- */

static status_t try_open(uint64_t budget, uint64_t period, uint8_t priority) {
    const struct server_attributes attributes = {
        .budget = {budget}, .period = {period}, .priority = priority, .bandwidth = true};
    status_t status = server_open(&server, &attributes);
    return status == STATUS_OK ? server_close(&server) : status;
}

TEST(wrong_numbers_are_refused_and_take_nothing) {
    for (unsigned i = 0; i < 2 * CONFIG_SERVERS; i++) {
        EXPECT_EQ(try_open(0, 1000, LEVEL), STATUS_OUT_OF_RANGE);
        EXPECT_EQ(try_open(0, 0, LEVEL), STATUS_OUT_OF_RANGE);
        EXPECT_EQ(try_open(1, 0, LEVEL), STATUS_OUT_OF_RANGE);
        EXPECT_EQ(try_open(1001, 1000, LEVEL), STATUS_OUT_OF_RANGE);
        EXPECT_EQ(try_open(1, SERVER_PERIOD_MAX + 1, LEVEL), STATUS_OUT_OF_RANGE);
        EXPECT_EQ(try_open(UINT64_MAX, UINT64_MAX, LEVEL), STATUS_OUT_OF_RANGE);
        EXPECT_EQ(try_open(1, 1, THREAD_PRIORITY_MAX + 1), STATUS_OUT_OF_RANGE);
    }
}

static void opens_all(void *unused) {
    static struct server all[CONFIG_SERVERS];
    (void)unused;
    EXPECT_EQ(try_open(1, 1, 0), STATUS_OK);
    for (unsigned i = 0; i < CONFIG_SERVERS; i++) {
        open_bandwidth(&all[i], SERVER_PERIOD_MAX, SERVER_PERIOD_MAX, i % 2 != 0);
    }
    EXPECT_EQ(try_open(1, 1, LEVEL), STATUS_NO_SLOT);
    EXPECT_EQ(server_add(&server, thread_self()), STATUS_CLOSED);
    EXPECT_EQ(server_close(&server), STATUS_CLOSED);
    for (unsigned i = 0; i < CONFIG_SERVERS; i++) {
        EXPECT_EQ(server_close(&all[i]), STATUS_OK);
    }
    EXPECT_EQ(try_open(1, 1, THREAD_PRIORITY_MAX), STATUS_OK);
}

TEST(there_are_so_many_servers_and_no_more) {
    play(opens_all);
}

/* So long a period that the fifth deadline is behind the end of time. */
static void outlives_time(bool goes_on) {
    open_bandwidth(&server, 100, SERVER_PERIOD_MAX, goes_on);
    spawn_served(does, a_1000, LEVEL, &served);
    spawn(does, b_long, LEVEL - 1);
    thread_sleep_until((instant_t){600});
}

static void goes_on_for_ever(void *unused) {
    (void)unused;
    outlives_time(true);
    EXPECT_EQ(deadline_of_server().ticks, UINT64_MAX);
    EXPECT_EQ(thread_join(served, NULL), STATUS_OK);
    struct server_state state;
    EXPECT_EQ(server_get_state(&server, &state), STATUS_OK);
    EXPECT_EQ(state.overruns, 10);
    EXPECT_EQ(server_close(&server), STATUS_OK);
}

static void is_throttled_for_ages(void *unused) {
    (void)unused;
    outlives_time(false);
    EXPECT_EQ(deadline_of_server().ticks, SERVER_PERIOD_MAX);
    EXPECT_EQ(server_close(&server), STATUS_BUSY);
    EXPECT_EQ(server_remove(served), STATUS_OK);
    EXPECT_EQ(server_close(&server), STATUS_OK);
}

static uint64_t steps;

static void steps_on(void *unused) {
    (void)unused;
    for (; steps < 300; steps++) {
        hosted_step(1);
    }
}

/* Its deadline would be behind the end of time, and no event is. */
static void is_throttled_at_the_end(void *unused) {
    (void)unused;
    steps = 0;
    hosted.now = UINT64_MAX - 900;
    open_bandwidth(&server, 100, 1000, false);
    spawn_served(steps_on, NULL, LEVEL, &served);
    thread_sleep_until((instant_t){UINT64_MAX - 600});
    EXPECT_EQ(steps, 99); /* and within one */
    EXPECT_EQ(deadline_of_server().ticks, UINT64_MAX);
    EXPECT_EQ(timer_queue_moment(&arch_cpu_self()->events, server.event.id), UINT64_MAX - 1);
    EXPECT_EQ(server_remove(served), STATUS_OK);
    EXPECT_EQ(thread_join(served, NULL), STATUS_OK);
    EXPECT_EQ(steps, 300);
    EXPECT_EQ(server_close(&server), STATUS_OK);
}

TEST(deadlines_end_with_time_and_nobody_is_lost) {
    play(goes_on_for_ever);
    EXPECT_STRING(owners(1200), "a1000 b200");
    play(is_throttled_for_ages);
    EXPECT_STRING(owners(1700), "a100 b500 a900 b200");
    play(is_throttled_at_the_end);
}
