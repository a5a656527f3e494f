/* SPDX-License-Identifier: MIT */
/* Servers are opened and closed, threads come and go, and what cannot be is refused. */
#include "kernel/sched/cpu_time.h"
#include "kernel/sched/edf.h"
#include "kernel/sched/server.h"
#include "tests/unit/kernel/sched/owners.h"

static void removes_at_400(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){400});
    EXPECT_EQ(server_remove(served), STATUS_OK);
    EXPECT_EQ(server_remove(served), STATUS_NOT_FOUND);
    EXPECT_EQ(server_close(&server), STATUS_OK);
    struct server_state state;
    EXPECT_EQ(server_get_state(&server, &state), STATUS_CLOSED);
    duration_t ran;
    EXPECT_EQ(thread_cpu_time(served, &ran), STATUS_OK);
    EXPECT_EQ(ran.ticks, 300);
}

static void is_removed(void *unused) {
    (void)unused;
    open_server(&server, 300, 1000);
    spawn_served(does, a_1000, LEVEL, &served);
    spawn(does, b_long, LEVEL - 1);
    spawn(removes_at_400, NULL, MAIN + 1);
}

TEST(a_throttled_thread_that_is_removed_runs_on) {
    play(is_removed);
    EXPECT_STRING(owners(1500), "a300 b100 a700 b400");
}

static void serves_itself(void *unused) {
    (void)unused;
    open_server(&server, 300, 1000);
    work('a', 50);
    EXPECT_EQ(server_add(&server, thread_self()), STATUS_OK);
    work('a', 200);
    struct server_state state;
    EXPECT_EQ(server_get_state(&server, &state), STATUS_OK);
    EXPECT_EQ(state.left, 100);
    EXPECT(!state.throttled);
    work('a', 200);
    EXPECT_EQ(server_remove(thread_self()), STATUS_OK);
    EXPECT_EQ(server_get_state(&server, &state), STATUS_OK);
    EXPECT_EQ(state.left, 200);
    work('a', 500);
    EXPECT_EQ(server_close(&server), STATUS_OK);
}

TEST(a_thread_puts_itself_under_a_budget_and_out_of_it) {
    play(serves_itself);
    EXPECT_STRING(owners(1700), "a350 .700 a600 .50");
}

static void suspends_and_resumes(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){500});
    EXPECT_EQ(thread_suspend(served), STATUS_OK);
    thread_sleep_until((instant_t){1500});
    EXPECT_EQ(thread_resume(served), STATUS_OK);
    thread_sleep_until((instant_t){2000});
    EXPECT_EQ(thread_set_priority(served, LEVEL - 2), STATUS_OK); /* below b; throttled */
    thread_sleep_until((instant_t){6100});
    EXPECT_EQ(thread_suspend(served), STATUS_OK);
    EXPECT_EQ(thread_resume(served), STATUS_OK); /* ready, but without budget */
}

static struct job a_2000[] = {{'a', 0, 2000}, {'a', 0, 0}};

static void is_suspended(void *unused) {
    (void)unused;
    open_server(&server, 300, 1000);
    spawn_served(does, a_2000, LEVEL, &served);
    spawn(does, b_long, LEVEL - 1);
    spawn(suspends_and_resumes, NULL, MAIN + 1);
}

TEST(a_throttled_thread_can_be_suspended_resumed_and_moved) {
    play(is_suspended);
    EXPECT_STRING(owners(8000), "a300 b1200 a300 b3800 a300 .700 a300 .700 a300 .100");
}

static void asks_wrongly(void *unused) {
    (void)unused;
    struct server_attributes good = {.budget = {10}, .period = {20}, .priority = MAIN};
    struct server_attributes bad = good;
    EXPECT_EQ(server_open(NULL, &good), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(server_open(&server, NULL), STATUS_INVALID_ARGUMENT);
    bad.budget = (duration_t){0};
    EXPECT_EQ(server_open(&server, &bad), STATUS_OUT_OF_RANGE);
    bad.budget = (duration_t){21};
    EXPECT_EQ(server_open(&server, &bad), STATUS_OUT_OF_RANGE);
    bad = good;
    bad.period = (duration_t){SERVER_PERIOD_MAX + 1};
    EXPECT_EQ(server_open(&server, &bad), STATUS_OUT_OF_RANGE);
    bad = good;
    bad.priority = THREAD_PRIORITY_MAX + 1;
    EXPECT_EQ(server_open(&server, &bad), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(server_add(&server, thread_self()), STATUS_CLOSED);
    EXPECT_EQ(server_open(&server, &good), STATUS_OK);
    EXPECT_EQ(server_add(&server, THREAD_ID_NONE), STATUS_STALE);
    EXPECT_EQ(server_remove(THREAD_ID_NONE), STATUS_STALE);
    EXPECT_EQ(server_remove(thread_self()), STATUS_NOT_FOUND);
    thread_id_t above = spawn(does, none, MAIN - 1);
    EXPECT_EQ(thread_set_priority(above, MAIN + 1), STATUS_OK);
    thread_id_t id;
    struct thread_attributes attributes = {.priority = 3, .policy = THREAD_ROUND_ROBIN};
    EXPECT_EQ(thread_spawn(does, none, &attributes, &id), STATUS_OK);
    EXPECT_EQ(server_add(&server, id), STATUS_UNSUPPORTED);
    id = spawn(does, none, 3);
    EXPECT_EQ(server_add(&server, id), STATUS_OK);
    EXPECT_EQ(server_add(&server, id), STATUS_BUSY);
    EXPECT_EQ(server_close(&server), STATUS_BUSY);
    EXPECT_EQ(thread_join(id, NULL), STATUS_OK);
    EXPECT_EQ(edf_set_deadline((instant_t){500}), STATUS_OK);
    EXPECT_EQ(server_add(&server, thread_self()), STATUS_UNSUPPORTED);
    EXPECT_EQ(edf_set_deadline(INSTANT_NEVER), STATUS_OK);
    EXPECT_EQ(server_add(&server, thread_self()), STATUS_OK);
    EXPECT_EQ(edf_set_deadline((instant_t){500}), STATUS_UNSUPPORTED);
    EXPECT_EQ(server_remove(thread_self()), STATUS_OK);
    EXPECT_EQ(server_close(&server), STATUS_OK);
    note('e');
}

TEST(what_cannot_be_served_is_refused) {
    play(asks_wrongly);
    EXPECT_STRING(trace, "e");
}

static struct server many[CONFIG_SERVERS + 1];

static void opens_too_many(void *unused) {
    (void)unused;
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < CONFIG_SERVERS; i++) {
            open_server(&many[i], 1, 1);
        }
        struct server_attributes attributes = {.budget = {1}, .period = {1}};
        EXPECT_EQ(server_open(&many[CONFIG_SERVERS], &attributes), STATUS_NO_SLOT);
        EXPECT_EQ(server_close(&many[CONFIG_SERVERS]), STATUS_CLOSED);
        for (unsigned i = 0; i < CONFIG_SERVERS; i++) {
            EXPECT_EQ(server_close(&many[(i + round) % CONFIG_SERVERS]), STATUS_OK);
        }
    }
    note('e');
}

TEST(one_more_than_can_be_open_is_refused_and_all_can_be_opened_again) {
    play(opens_too_many);
    EXPECT_STRING(trace, "e");
}

static void raises_too_high(void *unused) {
    (void)unused;
    open_server(&server, 300, 1000);
    spawn_served(does, a_1000, LEVEL, &served);
    spawn(does, b_long, LEVEL - 1);
    thread_sleep_until((instant_t){400}); /* while it is throttled */
    EXPECT_EQ(thread_set_priority(served, MAIN + 11), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(thread_set_priority(served, MAIN + 10), STATUS_OK);
    thread_sleep_until((instant_t){1400});
    EXPECT_EQ(server_remove(served), STATUS_OK);
    EXPECT_EQ(thread_set_priority(served, MAIN + 11), STATUS_OK);
}

/* Its event would release it for ever, each time before it can end. */
TEST(a_served_thread_stays_within_the_priority_of_its_server) {
    play(raises_too_high);
    EXPECT_STRING(owners(1900), "a300 b700 a300 b100 a400 b100");
}
