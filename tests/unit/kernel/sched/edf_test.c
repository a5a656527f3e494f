/* SPDX-License-Identifier: MIT */
/* Running by deadline: who is first, among equals and with others, at each change; random threads of
 * one level against a model that looks at all of them; and sets that admission admits. */
#include "kernel/sched/edf.h"

#include "kernel/sched/admission.h"
#include "kernel/sched/periodic.h"
#include "lib/random.h"
#include "tests/unit/kernel/scenario.h"

#define MAIN  CONFIG_MAIN_PRIORITY
#define LEVEL (MAIN - 4)

static void works(void *argument) {
    uint64_t plan = (uint64_t)(uintptr_t)argument; /* a letter, and a deadline */
    edf_set_deadline((instant_t){plan >> 8});
    note((char)(plan & 0xff));
    hosted_step(10);
    note((char)((plan & 0xff) - 'a' + 'A'));
}

static void spawn_by(char name, uint64_t deadline) {
    (void)spawn(works, (void *)(uintptr_t)(deadline << 8 | (uint64_t)name), LEVEL);
}

static void order(void *unused) {
    (void)unused;
    spawn_by('a', 900);
    spawn_by('b', 500);
    spawn_by('c', 700);
    spawn_by('d', 500);
    spawn_by('e', 100);
    thread_sleep_until((instant_t){200});
    note('.');
}

/* Until each has said so it has no deadline, and comes first; then they stand in order. */
TEST(the_earliest_runs_and_among_equals_the_oldest) {
    run(order);
    EXPECT_STRING(trace, "eEbBdDcCaA.");
}

static thread_id_t sleeper;

static void wakes_with(void *argument) {
    edf_set_deadline((instant_t){(uint64_t)(uintptr_t)argument});
    note('s');
    thread_sleep_until((instant_t){300});
    note('w');
}

static void runs_long(void *argument) {
    edf_set_deadline((instant_t){(uint64_t)(uintptr_t)argument});
    note('l');
    hosted_step(1000);
    note('L');
}

static void wake(uint64_t sleeper_deadline, uint64_t runner_deadline) {
    sleeper = spawn(wakes_with, (void *)(uintptr_t)sleeper_deadline, LEVEL);
    thread_sleep_until((instant_t){100});
    (void)spawn(runs_long, (void *)(uintptr_t)runner_deadline, LEVEL);
    thread_sleep_until((instant_t){3000});
    note('.');
}

static void earlier_wakes(void *unused) {
    (void)unused;
    wake(1000, 1001);
}

static void equal_wakes(void *unused) {
    (void)unused;
    wake(1000, 1000);
}

TEST(who_is_released_runs_at_once_if_it_is_earlier_and_else_waits) {
    run(earlier_wakes);
    EXPECT_STRING(trace, "slwL.");
    run(equal_wakes);
    EXPECT_STRING(trace, "slLw.");
}

static void plain(void *argument) {
    (void)argument;
    thread_sleep_until((instant_t){300});
    note('p');
}

static void without(void *unused) {
    (void)unused;
    (void)spawn(plain, NULL, LEVEL);
    thread_sleep_until((instant_t){100});
    (void)spawn(runs_long, (void *)(uintptr_t)400, LEVEL);
    thread_sleep_until((instant_t){3000});
    note('.');
}

TEST(who_has_no_deadline_comes_before_all_who_have) {
    run(without);
    EXPECT_STRING(trace, "lpL.");
}

static void changes(void *argument) {
    instant_t deadline = INSTANT_NEVER;
    (void)argument;
    edf_set_deadline((instant_t){500});
    EXPECT_EQ(edf_get_deadline(thread_self(), &deadline), STATUS_OK);
    EXPECT_EQ(deadline.ticks, 500);
    note('1');
    edf_set_deadline((instant_t){900}); /* the other, 700, comes in between */
    note('2');
    edf_set_deadline(INSTANT_NEVER);
    EXPECT_EQ(edf_get_deadline(thread_self(), &deadline), STATUS_OK);
    EXPECT_EQ(deadline.ticks, UINT64_MAX);
    EXPECT_EQ(edf_get_deadline(THREAD_ID_NONE, &deadline), STATUS_STALE);
    note('3');
}

static void change(void *unused) {
    (void)unused;
    (void)spawn(changes, NULL, LEVEL);
    spawn_by('x', 700);
    thread_sleep_until((instant_t){500});
    note('.');
}

TEST(a_deadline_can_change_and_end) {
    run(change);
    EXPECT_STRING(trace, "1xX23.");
}

static void suspends(void *unused) {
    (void)unused;
    thread_id_t a = spawn(works, (void *)(uintptr_t)(UINT64_C(100) << 8 | 'a'), LEVEL);
    spawn_by('b', 200);
    spawn_by('c', 300);
    EXPECT_EQ(thread_suspend(a), STATUS_OK);
    thread_sleep_until((instant_t){15});
    note('.');
    EXPECT_EQ(thread_resume(a), STATUS_OK);
    thread_sleep_until((instant_t){500});
    note('.');
}

TEST(who_is_suspended_is_left_out) {
    run(suspends);
    EXPECT_STRING(trace, "bBc.aAC.");
}

/* --- Random, against a model --------------------------------------------------------------------- */

#define CAST     24
#define STEPS    3000
#define ROUNDS   6
#define NO_ORDER UINT64_MAX

static struct {
    thread_id_t id;
    uint64_t deadline, order, wakes; /* order: when it became ready, of all */
    bool waits;
} cast[CAST];
static uint64_t orders, decisions;
static struct random dice;

/* The one that must run: of those that are ready the earliest, and of these the oldest. */
static unsigned expected(void) {
    unsigned best = CAST;
    for (unsigned i = 0; i < CAST; i++) {
        bool better = best == CAST || cast[i].deadline < cast[best].deadline ||
                      (cast[i].deadline == cast[best].deadline && cast[i].order < cast[best].order);
        best = !cast[i].waits && better ? i : best;
    }
    return best;
}

/* Those whose time has come are ready, in the order of their moments; and so is who was first to
 * sleep of those with one moment. */
static void model_wake(uint64_t now) {
    for (;;) {
        unsigned next = CAST;
        for (unsigned i = 0; i < CAST; i++) {
            bool sooner = next == CAST || cast[i].wakes < cast[next].wakes ||
                          (cast[i].wakes == cast[next].wakes && cast[i].order < cast[next].order);
            next = cast[i].waits && cast[i].wakes <= now && sooner ? i : next;
        }
        if (next == CAST) {
            return;
        }
        cast[next].waits = false;
        cast[next].order = orders++;
    }
}

static void looks(unsigned self) {
    decisions++;
    EXPECT_EQ(expected(), self);
}

static void plays(void *argument) {
    unsigned self = (unsigned)(uintptr_t)argument;
    for (unsigned step = 0; step < STEPS / CAST; step++) {
        cast[self].deadline = 1000000 + random_below(&dice, 12) * 1000;
        cast[self].order = orders++;
        edf_set_deadline((instant_t){cast[self].deadline});
        looks(self);
        hosted_step(random_below(&dice, 40));
        model_wake(hosted.now);
        looks(self);
        cast[self].wakes = hosted.now + 1 + random_below(&dice, 300);
        cast[self].order = orders++;
        cast[self].waits = true;
        thread_sleep_until((instant_t){cast[self].wakes});
        model_wake(hosted.now);
        looks(self);
    }
    cast[self].waits = true;
    cast[self].wakes = UINT64_MAX;
}

static void random_threads(void *unused) {
    (void)unused;
    for (unsigned i = 0; i < CAST; i++) {
        cast[i].deadline = 0;
        cast[i].order = orders++;
        cast[i].waits = false;
        cast[i].id = spawn(plays, (void *)(uintptr_t)i, LEVEL);
    }
    for (unsigned i = 0; i < CAST; i++) {
        EXPECT_EQ(thread_join(cast[i].id, NULL), STATUS_OK);
    }
    note('e');
}

TEST(random_threads_run_as_a_model_says) {
    uint64_t seed = test_seed();
    for (unsigned round = 0; round < ROUNDS; round++) {
        random_init(&dice, seed + round);
        orders = 0;
        run(random_threads);
        EXPECT_STRING(trace, "e");
    }
    EXPECT_EQ(decisions, ROUNDS * (STEPS / CAST) * CAST * 3);
}

static thread_id_t last;

static void notes(void *argument) {
    note((char)(uintptr_t)argument);
}

static void is_last(void *unused) {
    (void)unused;
    edf_set_deadline((instant_t){1000});
    note('l');
}

/* While it is elsewhere somebody joins its level, in front of who was the last before, too. */
static void goes_and_comes_back(void *unused) {
    (void)unused;
    edf_set_deadline((instant_t){900});
    note('a');
    EXPECT_EQ(thread_set_priority(thread_self(), LEVEL + 1), STATUS_OK);
    (void)spawn(notes, (void *)'n', LEVEL);
    EXPECT_EQ(thread_set_priority(last, LEVEL - 1), STATUS_OK);
    EXPECT_EQ(thread_set_priority(last, LEVEL), STATUS_OK);
    EXPECT_EQ(thread_set_priority(thread_self(), LEVEL), STATUS_OK);
    note('A');
}

static void changes_level(void *unused) {
    (void)unused;
    (void)spawn(goes_and_comes_back, NULL, LEVEL);
    last = spawn(is_last, NULL, LEVEL);
    thread_sleep_until((instant_t){100});
}

TEST(who_comes_back_to_its_level_is_compared_anew) {
    run(changes_level);
    EXPECT_STRING(trace, "anAl");
}

/* --- Somebody above comes between two steps of a comparison ------------------------------------ */

#define ALL_WAKE 1000

static uint64_t comes_at;
static thread_id_t moved;

static void wakes_with_all(void *argument) {
    uint64_t plan = (uint64_t)(uintptr_t)argument;
    edf_set_deadline((instant_t){plan >> 8});
    thread_sleep_until(
        (instant_t){ALL_WAKE - 'h' + (plan & 0xff)}); /* so they stand in this order */
    note((char)(plan & 0xff));
}

/* It stands at the end now: those behind it were not looked at. */
static void suspends_and_resumes(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){comes_at});
    if (thread_suspend(moved) == STATUS_OK) {
        EXPECT_EQ(thread_resume(moved), STATUS_OK);
    }
}

static thread_id_t spawn_sleeper(char name, uint64_t deadline) {
    return spawn(wakes_with_all, (void *)(uintptr_t)(deadline << 8 | (uint64_t)name), LEVEL);
}

static void is_interrupted(void *unused) {
    (void)unused;
    for (char name = 'a'; name <= 'e'; name++) {
        (void)spawn_sleeper(name, 9000);
    }
    moved = spawn_sleeper('f', 8000);
    (void)spawn_sleeper('g', 6000);
    (void)spawn_sleeper('h', 7000);
    (void)spawn(suspends_and_resumes, NULL, MAIN + 1);
    thread_sleep_until((instant_t){100});
    hosted_step(ALL_WAKE - 100);
    thread_sleep_until((instant_t){2000});
}

static void tick_in_each_stretch(void) {
    hosted.now += hosted.now >= ALL_WAKE;
}

TEST(a_comparison_begins_anew_when_somebody_was_sent_to_the_end) {
    for (comes_at = ALL_WAKE + 1; comes_at < ALL_WAKE + 60; comes_at++) {
        trace_length = 0;
        machine_reset();
        machine.hooks.begin = tick_in_each_stretch;
        machine_run(is_interrupted, NULL, NULL);
        EXPECT_STRING(trace, "ghfabcde");
    }
}
