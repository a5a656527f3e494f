/* SPDX-License-Identifier: MIT */
/* Budgets: who runs when, what comes back when, and who is told. Every tick has an owner. */
#include "kernel/sched/server.h"

#include "kernel/sched/cpu_time.h"
#include "kernel/sync/mutex.h"
#include "tests/unit/kernel/sched/owners.h"

static void one_overruns(void *unused) {
    (void)unused;
    thread_id_t a;
    open_server(&server, 300, 1000);
    spawn_served(does, a_1000, LEVEL, &a);
    spawn(does, b_long, LEVEL - 1);
}

TEST(a_thread_has_its_budget_in_each_period_to_the_tick_and_others_have_the_rest) {
    play(one_overruns);
    EXPECT_STRING(owners(4000), "a300 b700 a300 b700 a300 b700 a100 b900");
}

static struct job a_pieces[] = {{'a', 0, 100}, {'a', 500, 500}, {'a', 0, 0}};

static void sporadic(void *unused) {
    (void)unused;
    thread_id_t a;
    open_server(&server, 300, 1000);
    spawn_served(does, a_pieces, LEVEL, &a);
    spawn(does, b_long, LEVEL - 1);
}

TEST(each_piece_comes_back_a_period_after_it_began) {
    play(sporadic);
    /* 100 from 0 on, 200 from 500 on; they come back at 1000 and 1500, and at 2000 again. */
    EXPECT_STRING(owners(2200), "a100 b400 a200 b300 a100 b400 a200 b500");
}

static struct job c_1000[] = {{'c', 0, 1000}, {'c', 0, 0}};

static void two_share(void *unused) {
    (void)unused;
    thread_id_t a;
    thread_id_t c;
    open_server(&server, 300, 1000);
    spawn_served(does, a_1000, LEVEL, &a);
    spawn_served(does, c_1000, LEVEL + 1, &c);
    spawn(does, b_long, LEVEL - 1);
}

TEST(threads_that_share_a_server_have_its_budget_together_the_higher_first) {
    play(two_share);
    EXPECT_STRING(owners(6000), "c300 b700 c300 b700 c300 b700 c100 a200 b700 a300 b700 a300 b700");
}

static void has_all(void *unused) {
    (void)unused;
    thread_id_t a;
    open_server(&server, 700, 700);
    spawn_served(does, a_1000, LEVEL, &a);
    spawn(does, b_long, LEVEL - 1);
    thread_sleep_until((instant_t){300}); /* a piece of its own before, and one behind */
    work('m', 100);
    thread_sleep_until((instant_t){5000});
    struct server_state state;
    EXPECT_EQ(server_get_state(&server, &state), STATUS_OK);
    EXPECT_EQ(state.overruns, 0);
}

TEST(a_budget_of_a_whole_period_is_never_used_up) {
    play(has_all);
    EXPECT_STRING(owners(2000), "a300 m100 a700 b900");
}

static struct job idles_long[] = {{'a', 3000, 700}, {'a', 0, 0}};

static void unused_time(void *unused) {
    (void)unused;
    thread_id_t a;
    open_server(&server, 300, 1000);
    spawn_served(does, idles_long, LEVEL, &a);
    spawn(does, none, LEVEL);
}

TEST(budget_that_nobody_used_is_not_saved_up) {
    play(unused_time);
    EXPECT_STRING(owners(5100), ".3000 a300 .700 a300 .700 a100");
}

/* --- What is lent ------------------------------------------------------------------------------- */

static struct mutex mutex;

static void holds_400(void *unused) {
    (void)unused;
    EXPECT_EQ(mutex_lock(&mutex), STATUS_OK);
    work('a', 400);
    EXPECT_EQ(mutex_unlock(&mutex), STATUS_OK);
    work('a', 500);
}

static void wants_at_350(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){350});
    EXPECT_EQ(mutex_lock(&mutex), STATUS_OK);
    work('h', 50);
    EXPECT_EQ(mutex_unlock(&mutex), STATUS_OK);
}

static void owner_is_throttled(void *unused) {
    (void)unused;
    thread_id_t a;
    EXPECT_EQ(mutex_init(&mutex, NULL), STATUS_OK);
    open_server(&server, 300, 1000);
    spawn_served(holds_400, NULL, LEVEL, &a);
    spawn(wants_at_350, NULL, MAIN + 1);
    spawn(does, b_long, LEVEL - 1);
}

TEST(a_throttled_owner_runs_while_others_wait_and_pays_for_it_later) {
    play(owner_is_throttled);
    /* Throttled at 300, released at 350, and throttled again when it has unlocked, 100 too late: of
     * what comes back at 1000 that is paid, and so it comes back itself at 2000. */
    EXPECT_STRING(owners(2400), "a300 b50 a100 h50 b500 a200 b800 a300 b100");
}

static struct mutex_attributes ceiling_of_main = {.has_ceiling = true, .ceiling = MAIN};

static void holds_ceiling(void *unused) {
    (void)unused;
    work('a', 100);
    EXPECT_EQ(mutex_lock(&mutex), STATUS_OK);
    work('a', 400);
    EXPECT_EQ(mutex_unlock(&mutex), STATUS_OK);
    work('a', 100);
}

static void owner_of_ceiling(void *unused) {
    (void)unused;
    thread_id_t a;
    EXPECT_EQ(mutex_init(&mutex, &ceiling_of_main), STATUS_OK);
    open_server(&server, 300, 1000);
    spawn_served(holds_ceiling, NULL, LEVEL, &a);
    spawn(does, b_long, LEVEL - 1);
}

TEST(who_holds_a_mutex_with_a_ceiling_is_throttled_when_it_unlocks) {
    play(owner_of_ceiling);
    EXPECT_STRING(owners(1400), "a500 b500 a100 b300");
}

/* --- Who is told -------------------------------------------------------------------------------- */

static void handles(void *unused) {
    (void)unused;
    uint64_t overruns = 0;
    status_t status;
    while ((status = server_wait_overrun(&server, &overruns)) == STATUS_OK) {
        note((char)('0' + overruns));
        work('h', 20);
    }
    EXPECT_EQ(status, STATUS_CLOSED);
    note('c');
}

static void closes_at_5000(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){5000});
    EXPECT_EQ(server_close(&server), STATUS_BUSY);
    EXPECT_EQ(thread_join(served, NULL), STATUS_OK);
    EXPECT_EQ(server_close(&server), STATUS_OK);
    EXPECT_EQ(server_close(&server), STATUS_CLOSED);
}

static void overruns_are_handled(void *unused) {
    (void)unused;
    open_server(&server, 300, 1000);
    spawn(handles, NULL, MAIN + 11);
    spawn_served(does, a_1000, LEVEL, &served);
    spawn(does, b_long, LEVEL - 1);
    spawn(closes_at_5000, NULL, MAIN + 12);
}

TEST(a_handler_thread_is_told_of_each_overrun_at_its_tick) {
    play(overruns_are_handled);
    EXPECT_STRING(owners(3200), "a300 h20 b680 a300 h20 b680 a300 h20 b680 a100 b100");
    EXPECT_STRING(trace, "111c");
}

static void looks_late(void *unused) {
    (void)unused;
    uint64_t overruns = 0;
    thread_sleep_until((instant_t){2500});
    EXPECT_EQ(server_wait_overrun(&server, &overruns), STATUS_OK);
    EXPECT_EQ(overruns, 3);
    struct server_state state;
    EXPECT_EQ(server_get_state(&server, &state), STATUS_OK);
    EXPECT_EQ(state.overruns, 3);
    EXPECT_EQ(state.left, 0);
    EXPECT_EQ(state.threads, 1);
    EXPECT(state.throttled);
    note('l');
}

static void nobody_waits(void *unused) {
    (void)unused;
    open_server(&server, 300, 1000);
    spawn_served(does, a_1000, LEVEL, &served);
    spawn(looks_late, NULL, MAIN + 1);
}

TEST(overruns_are_kept_for_who_looks_later) {
    play(nobody_waits);
    EXPECT_STRING(trace, "l");
}

static void goes_on(void *unused) {
    (void)unused;
    struct server_attributes attributes = {
        .budget = {300}, .period = {1000}, .priority = MAIN + 10, .goes_on = true};
    EXPECT_EQ(server_open(&server, &attributes), STATUS_OK);
    spawn(handles, NULL, MAIN + 11);
    spawn_served(does, a_1000, LEVEL, &served);
    spawn(closes_at_5000, NULL, MAIN + 12);
}

TEST(where_overruns_are_only_told_nobody_is_throttled) {
    play(goes_on);
    /* What it ran from 300 on, without budget, is not taken from what comes back at 1000. */
    EXPECT_STRING(trace, "1c");
    EXPECT_STRING(owners(1100), "a300 h20 a700 .80");
}

static struct job a_2000[] = {{'a', 0, 2000}, {'a', 0, 0}};
static struct job b_interrupts[] = {{'b', 500, 100}, {'b', 1200, 50}, {'b', 0, 0}};

static void is_interrupted(void *unused) {
    (void)unused;
    struct server_attributes attributes = {
        .budget = {300}, .period = {1000}, .priority = MAIN + 10, .goes_on = true};
    EXPECT_EQ(server_open(&server, &attributes), STATUS_OK);
    spawn_served(does, a_2000, LEVEL, &served);
    spawn(does, b_interrupts, LEVEL + 1);
    thread_sleep_until((instant_t){900});
    struct server_state state;
    EXPECT_EQ(server_get_state(&server, &state), STATUS_OK);
    EXPECT_EQ(state.left, 0);
    EXPECT_EQ(state.overruns, 1);
    thread_sleep_until((instant_t){1349});
    EXPECT_EQ(server_get_state(&server, &state), STATUS_OK);
    EXPECT_EQ(state.left, 1);
    EXPECT_EQ(state.overruns, 1);
    thread_sleep_until((instant_t){1352});
    EXPECT_EQ(server_get_state(&server, &state), STATUS_OK);
    EXPECT_EQ(state.overruns, 2);
    note('i');
}

TEST(where_nobody_is_throttled_nothing_is_owed_after_a_switch) {
    play(is_interrupted);
    EXPECT_STRING(trace, "i");
    EXPECT_STRING(owners(2200), "a500 b100 a600 b50 a900 .50");
}

static void joins_again(void *unused) {
    (void)unused;
    struct server_state state;
    open_server(&server, 300, 1000);
    EXPECT_EQ(thread_count_time(thread_self()), STATUS_OK);
    work('m', 500);
    EXPECT_EQ(server_add(&server, thread_self()), STATUS_OK);
    EXPECT_EQ(server_get_state(&server, &state), STATUS_OK);
    EXPECT_EQ(state.left, 300);
    work('m', 100);
    EXPECT_EQ(server_get_state(&server, &state), STATUS_OK);
    EXPECT_EQ(state.left, 200);
    EXPECT_EQ(server_remove(thread_self()), STATUS_OK);
    note('j');
}

TEST(what_a_counted_thread_ran_before_it_joined_is_not_the_servers) {
    play(joins_again);
    EXPECT_STRING(trace, "j");
}
