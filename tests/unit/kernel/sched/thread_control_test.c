/* SPDX-License-Identifier: MIT */
/* Yield, sleep, and priorities that change. */
#include "kernel/sched/thread.h"

#include "kernel/sched/server.h"
#include "tests/unit/kernel/scenario.h"

#define MAIN CONFIG_MAIN_PRIORITY

static char letter_a[] = "a", letter_b[] = "b", letter_c[] = "c", letter_d[] = "d";

static void note_argument(void *argument) {
    note(*(const char *)argument);
}

/* --- Yield ------------------------------------------------------------------------------------ */

static void yield_thrice(void *argument) {
    for (int i = 0; i < 3; i++) {
        note(*(const char *)argument);
        thread_yield();
    }
}

static void yielders(void *unused) {
    (void)unused;
    spawn(yield_thrice, letter_a, 20);
    spawn(yield_thrice, letter_b, 20);
    spawn(yield_thrice, letter_c, 20);
    spawn(note_argument, letter_d, 19);
}

TEST(yield_goes_round_the_level_and_never_below) {
    run(yielders);
    EXPECT_STRING(trace, "abcabcabcd");
}

static void yield_alone(void *unused) {
    (void)unused;
    thread_yield();
    note('1');
    thread_yield();
    note('2');
}

TEST(yield_alone_goes_on) {
    run(yield_alone);
    EXPECT_STRING(trace, "12");
}

/* --- Sleep ------------------------------------------------------------------------------------ */

static void sleep_moments(void *unused) {
    (void)unused;
    hosted_step(1000);
    thread_sleep_until((instant_t){0});
    EXPECT_EQ(hosted.now, 1000);
    thread_sleep_until((instant_t){999});
    thread_sleep_until((instant_t){1000});
    EXPECT_EQ(hosted.now, 1000);
    thread_sleep_until((instant_t){1001});
    EXPECT_EQ(hosted.now, 1001);
    thread_sleep_ticks(0);
    EXPECT_EQ(hosted.now, 1001);
    thread_sleep_ticks(99);
    EXPECT_EQ(hosted.now, 1100);
    hosted.now = 0;
    thread_sleep_us(1); /* 62.5 ticks: rounded up */
    EXPECT_EQ(hosted.now, 63);
    hosted.now = 0;
    thread_sleep_ms(3);
    EXPECT_EQ(hosted.now, 187500);
    note('e');
}

TEST(sleep_returns_at_its_moment_and_at_once_when_that_is_past) {
    run(sleep_moments);
    EXPECT_STRING(trace, "e");
}

static void sleep_to_the_end_of_time(void *argument) {
    thread_sleep_until((instant_t){UINT64_MAX - 1});
    EXPECT_EQ(hosted.now, UINT64_MAX - 1);
    note(*(const char *)argument);
}

static void sleep_for_ever(void *unused) {
    (void)unused;
    thread_sleep_until(INSTANT_NEVER);
    note('!');
}

static void sleep_too_long(void *unused) {
    (void)unused;
    thread_sleep_ms(UINT64_MAX);
    note('!');
}

static void ends_of_time(void *unused) {
    (void)unused;
    spawn(sleep_to_the_end_of_time, letter_a, 1);
    spawn(sleep_to_the_end_of_time, letter_b, 1);
    spawn(sleep_for_ever, NULL, 1);
    spawn(sleep_too_long, NULL, 1);
}

TEST(the_end_of_time_can_be_waited_for_and_never_never_comes) {
    run(ends_of_time);
    EXPECT_STRING(trace, "ab");
    EXPECT_EQ(hosted.compare, UINT64_MAX);
}

static void sleep_to_500(void *argument) {
    thread_sleep_until((instant_t){500});
    EXPECT_EQ(hosted.now, 500);
    note(*(const char *)argument);
}

static void sleep_together(void *unused) {
    (void)unused;
    spawn(sleep_to_500, letter_a, 20);
    spawn(sleep_to_500, letter_b, 20);
    spawn(sleep_to_500, letter_c, 20);
    spawn(sleep_to_500, letter_d, 21);
}

TEST(sleepers_of_one_moment_wake_by_priority_then_in_order) {
    run(sleep_together);
    EXPECT_STRING(trace, "dabc");
}

/* Many sleepers with random moments: each wakes at its own, none early, in order. */
static uint64_t last_wake;

static void sleep_randomly(void *argument) {
    uint64_t moment = (uint64_t)(uintptr_t)argument;
    thread_sleep_until((instant_t){moment});
    EXPECT(hosted.now >= moment);
    EXPECT_EQ(hosted.now, moment);
    EXPECT(hosted.now >= last_wake);
    last_wake = hosted.now;
}

static void many_sleepers(void *unused) {
    (void)unused;
    struct random random = test_random();
    for (int i = 0; i < CONFIG_THREAD_SLOTS - 1; i++) {
        struct thread_attributes attributes = {.priority = 40, .detached = true};
        EXPECT_EQ(thread_spawn(sleep_randomly, (void *)(uintptr_t)random_between(&random, 1, 1000),
                               &attributes, NULL),
                  STATUS_OK);
    }
}

TEST(each_of_many_sleepers_wakes_at_its_moment) {
    for (int i = 0; i < 20; i++) {
        last_wake = 0;
        run(many_sleepers);
        EXPECT_EQ(thread_slots_free(), CONFIG_THREAD_SLOTS - 1);
    }
}

/* --- Priorities that change ------------------------------------------------------------------- */

static void refuse_priorities(void *unused) {
    (void)unused;
    unsigned priority = 77;
    EXPECT_EQ(thread_set_priority(thread_self(), 64), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(thread_set_priority(thread_self(), UINT32_MAX), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(thread_set_priority(THREAD_ID_NONE, 1), STATUS_STALE);
    EXPECT_EQ(thread_get_priority(THREAD_ID_NONE, &priority), STATUS_STALE);
    EXPECT_EQ(priority, 77);
    EXPECT_EQ(thread_get_priority(thread_self(), &priority), STATUS_OK);
    EXPECT_EQ(priority, MAIN);
    EXPECT_EQ(thread_set_priority(thread_self(), 63), STATUS_OK);
    EXPECT_EQ(thread_get_priority(thread_self(), &priority), STATUS_OK);
    EXPECT_EQ(priority, 63);
    note('e');
}

TEST(priorities_out_of_range_and_stale_ids_are_refused) {
    run(refuse_priorities);
    EXPECT_STRING(trace, "e");
}

static void change_others(void *unused) {
    (void)unused;
    thread_id_t a = spawn(note_argument, letter_a, 10);
    thread_id_t b = spawn(note_argument, letter_b, 10);
    spawn(note_argument, letter_c, 10);
    EXPECT_EQ(thread_set_priority(b, MAIN), STATUS_OK); /* equal: not yet */
    note('1');
    EXPECT_EQ(thread_set_priority(b, MAIN + 1), STATUS_OK); /* now */
    note('2');
    EXPECT_EQ(thread_set_priority(a, 9), STATUS_OK);
    EXPECT_EQ(thread_set_priority(a, 10), STATUS_OK); /* back, as the youngest */
}

TEST(a_raised_thread_preempts_and_a_moved_one_is_the_youngest_of_its_level) {
    run(change_others);
    EXPECT_STRING(trace, "1b2ca");
}

static void change_self(void *unused) {
    (void)unused;
    spawn(note_argument, letter_a, 10);
    spawn(note_argument, letter_b, 9);
    EXPECT_EQ(thread_set_priority(thread_self(), 10), STATUS_OK);
    note('1'); /* still the oldest of its level */
    EXPECT_EQ(thread_set_priority(thread_self(), 9), STATUS_OK);
    note('2');
    EXPECT_EQ(thread_set_priority(thread_self(), 8), STATUS_OK);
    note('3');
}

TEST(a_running_thread_that_lowers_itself_stays_the_oldest_of_its_level) {
    run(change_self);
    EXPECT_STRING(trace, "1a2b3");
}

static void sleep_then_note(void *argument) {
    thread_sleep_until((instant_t){500});
    note(*(const char *)argument);
}

static void change_sleeper(void *unused) {
    (void)unused;
    thread_id_t a = spawn(sleep_then_note, letter_a, 40);
    spawn(sleep_then_note, letter_b, 41);
    EXPECT_EQ(thread_set_priority(a, 42), STATUS_OK);
    EXPECT_EQ(hosted.now, 0);
}

TEST(a_sleeper_wakes_with_its_new_priority) {
    run(change_sleeper);
    EXPECT_STRING(trace, "ab");
}

static void change_ended(void *unused) {
    (void)unused;
    thread_id_t a = spawn(note_argument, letter_a, 63);
    EXPECT_EQ(thread_set_priority(a, 5), STATUS_OK);
    EXPECT_EQ(thread_join(a, NULL), STATUS_OK);
    note('e');
}

TEST(the_priority_of_an_ended_thread_moves_nobody) {
    run(change_ended);
    EXPECT_STRING(trace, "ae");
}

static thread_id_t joined;

static void join_it(void *argument) {
    EXPECT_EQ(thread_join(joined, NULL), STATUS_OK);
    note(*(const char *)argument);
}

static void change_joiner(void *unused) {
    (void)unused;
    joined = spawn(sleep_then_note, letter_a, 40);
    thread_id_t joiner = spawn(join_it, letter_b, 41);
    EXPECT_EQ(thread_set_priority(joiner, 5), STATUS_OK);
    thread_sleep_until((instant_t){600});
    note('m');
}

TEST(a_joiner_wakes_with_its_new_priority) {
    run(change_joiner);
    EXPECT_STRING(trace, "abm");
}

/* --- Two who change the same one, at each point of time --------------------------------------- */

#define SLEEPER_LEVEL 30
#define RAISED        42

static thread_id_t sleeper;
static uint64_t comes_at;
static bool between; /* whether the other came while the first was at it */
static bool at_it;
static struct server server;

static void sleeps_long(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){100000});
}

static void sets_it_too(void *level) {
    thread_sleep_until((instant_t){comes_at});
    between |= at_it;
    EXPECT_EQ(thread_set_priority(sleeper, (unsigned)(uintptr_t)level), STATUS_OK);
}

static void serves_it(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){comes_at});
    between |= at_it;
    EXPECT_EQ(server_add(&server, sleeper),
              thread_slots[sleeper.index].rank.base == RAISED ? STATUS_OUT_OF_RANGE : STATUS_OK);
}

static void tick_at_each_point(void) {
    hosted.now += at_it;
}

static void sets_while(thread_entry comes, uintptr_t level) {
    const struct server_attributes attributes = {
        .budget = {1}, .period = {9}, .priority = SLEEPER_LEVEL};
    EXPECT_EQ(server_open(&server, &attributes), STATUS_OK);
    sleeper = spawn(sleeps_long, NULL, SLEEPER_LEVEL);
    thread_sleep_ticks(1);
    spawn(comes, (void *)level, RAISED + 1);
    at_it = true;
    status_t status = thread_set_priority(sleeper, RAISED);
    at_it = false;
    EXPECT(status == STATUS_OK || comes == serves_it);
    thread_sleep_until((instant_t){1000});
    const struct thread *thread = &thread_slots[sleeper.index];
    EXPECT_EQ(thread->timeout.level, thread->priority);
}

static void sets_while_lowered(void *unused) {
    (void)unused;
    sets_while(sets_it_too, SLEEPER_LEVEL - 10);
}

static void sets_while_raised(void *unused) {
    (void)unused;
    sets_while(sets_it_too, RAISED + 10);
}

static void sets_while_served(void *unused) {
    (void)unused;
    sets_while(serves_it, 0);
}

TEST(an_event_is_where_its_thread_is_whoever_changed_that_meanwhile) {
    const thread_entry entries[] = {sets_while_lowered, sets_while_raised, sets_while_served};
    for (unsigned i = 0; i < ARRAY_SIZE(entries); i++) {
        between = false;
        for (comes_at = 2; comes_at < 30; comes_at++) {
            machine_reset();
            machine.hooks.point = tick_at_each_point;
            machine_run(entries[i], NULL, NULL);
        }
        EXPECT(between);
    }
}
