/* SPDX-License-Identifier: MIT */
/* Barriers: rounds, who is told to be the last, order, withdrawing, more threads than it is for. */
#include "kernel/sync/barrier.h"

#include "tests/unit/kernel/scenario.h"

#define MAIN CONFIG_MAIN_PRIORITY

static struct barrier barrier;

static void play(uint64_t threads, thread_entry entry) {
    trace_length = 0;
    trace[0] = '\0';
    machine_reset();
    EXPECT_EQ(barrier_init(&barrier, threads), STATUS_OK);
    machine_watch_barrier(&barrier);
    machine_run(entry, NULL, NULL);
    EXPECT(prio_queue_is_empty(&barrier.waiters[barrier.current ^ 1]));
}

static void come(char letter, instant_t deadline) {
    bool last = false;
    status_t status = barrier_wait_until(&barrier, &last, deadline);
    note(letter);
    note(status == STATUS_TIMED_OUT ? 'T'
         : status == STATUS_CLOSED  ? 'C'
         : status == STATUS_BUSY    ? 'B'
         : status != STATUS_OK      ? '?'
         : last                     ? '!'
                                    : '+');
}

static void comes(void *argument) {
    come(*(const char *)argument, INSTANT_NEVER);
}

static void comes_thrice(void *argument) {
    for (unsigned i = 0; i < 3; i++) {
        comes(argument);
    }
}

static char letter_a[] = "a", letter_b[] = "b", letter_c[] = "c";

TEST(init_refuses_what_makes_no_sense) {
    EXPECT_EQ(barrier_init(NULL, 1), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(barrier_init(&barrier, 0), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(barrier_init(&barrier, CONFIG_THREAD_SLOTS + 1), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(barrier_init(&barrier, CONFIG_THREAD_SLOTS), STATUS_OK);
}

static void one(void *unused) {
    (void)unused;
    come('a', INSTANT_NEVER);
    come('a', (instant_t){0});
}

TEST(a_barrier_of_one_holds_nobody) {
    play(1, one);
    EXPECT_STRING(trace, "a!a!");
}

static void three(void *unused) {
    (void)unused;
    spawn(comes, letter_a, MAIN - 2);
    spawn(comes, letter_b, MAIN - 1);
    spawn(comes, letter_c, MAIN + 1);
    thread_sleep_ticks(10);
    note('.');
    come('m', INSTANT_NEVER); /* c runs at once, the others when main is done */
    note('.');
}

TEST(the_last_lets_all_go_on_by_priority_and_is_told) {
    play(4, three);
    EXPECT_STRING(trace, ".c+m!.b+a+");
}

static void rounds(void *unused) {
    (void)unused;
    spawn(comes_thrice, letter_a, MAIN + 1);
    spawn(comes_thrice, letter_b, MAIN - 1);
    for (unsigned i = 0; i < 3; i++) {
        come('m', INSTANT_NEVER);
        note('.');
    }
}

TEST(a_barrier_is_as_new_behind_each_round) {
    play(3, rounds);
    EXPECT_STRING(trace, "a+m+.b!a+m+.b!a+m+.b!");
}

static void comes_for_10(void *argument) {
    come(*(const char *)argument, time_after(time_ticks(10)));
}

static void withdraws(void *unused) {
    (void)unused;
    spawn(comes_for_10, letter_a, MAIN + 1);
    thread_sleep_ticks(20);
    note('.');
    come('m', (instant_t){0}); /* a is gone: two are missing */
    spawn(comes, letter_b, MAIN - 1);
    come('m', time_after(time_ticks(5)));
    come('m', INSTANT_NEVER);
}

TEST(who_times_out_has_not_come) {
    play(2, withdraws);
    EXPECT_STRING(trace, "aT.mTm+b!");
}

static void late(void *unused) {
    (void)unused;
    spawn(comes_for_10, letter_a, MAIN - 1);
    thread_sleep_ticks(5);
    hosted_step(20); /* a's time is over, but it has not run */
    come('m', INSTANT_NEVER);
}

TEST(whose_round_is_complete_before_it_runs_was_part_of_it) {
    play(2, late);
    EXPECT_STRING(trace, "m!a+");
}

/* a is woken first and comes twice more, when b has not been woken yet: it helps to wake b. */
static void crowd(void *unused) {
    (void)unused;
    spawn(comes, letter_b, MAIN + 1);
    spawn(comes_thrice, letter_a, MAIN + 2);
    spawn(comes, letter_c, MAIN - 1);
    come('m', INSTANT_NEVER);
    note('.');
    come('m', INSTANT_NEVER);
    come('m', INSTANT_NEVER);
}

TEST(who_comes_again_meets_those_of_its_own_round_only) {
    play(3, crowd);
    EXPECT_STRING(trace, "a+b+m!.a+m+c!");
    EXPECT_EQ(barrier.arrived, 2);
}

/* Two that are above all complete the second round before the first one's third is woken. */
static void comes_and_tries(void *argument) {
    comes(argument);
    come(*(const char *)argument, (instant_t){0});
}

static void helps(void *unused) {
    (void)unused;
    spawn(comes, letter_b, MAIN + 1);
    spawn(comes, letter_c, MAIN + 1);
    spawn(comes_and_tries, letter_a, MAIN + 2);
    note('(');
    come('m', INSTANT_NEVER);
    note(')');
}

TEST(who_does_not_complete_the_next_round_need_not_help) {
    play(4, helps);
    EXPECT_STRING(trace, "(a+aTb+c+m!)");
}

/* The last of a round was preempted before it woke anybody, and who comes completes the next one:
 * it helps first. */
static void too_many(void *unused) {
    (void)unused;
    spawn(comes, letter_b, MAIN - 1);
    thread_sleep_ticks(10);
    barrier.arrived = 0;
    barrier.rounds++;
    barrier.current ^= 1;
    spawn(comes, letter_a, MAIN + 1);
    come('m', INSTANT_NEVER);
    note('.');
}

TEST(who_completes_the_next_round_first_helps_to_wake_those_of_the_last) {
    play(2, too_many);
    EXPECT_STRING(trace, "a+m!.b+");
}

/* The same, but whenever it has helped there are others to wake again: it is refused. */
static bool refills;

static void refill(void) {
    if (refills && hosted.stretch.kind == HOSTED_TASK_CALL &&
        prio_queue_is_empty(&barrier.waiters[barrier.current ^ 1])) {
        barrier.current ^= 1;
    }
}

static void overtaken(void *unused) {
    (void)unused;
    spawn(comes, letter_b, MAIN - 1);
    thread_sleep_ticks(10);
    barrier.arrived = 0;
    barrier.current ^= 1;
    spawn(comes, letter_c, MAIN + 1);
    barrier.arrived = 2;
    refills = true;
    hosted.hooks.begin = refill;
    come('m', INSTANT_NEVER);
    refills = false;
    barrier.current ^= 1; /* c goes on waiting */
}

TEST(who_is_overtaken_by_others_is_told_busy) {
    play(3, overtaken);
    EXPECT_STRING(trace, "mBb+");
}

static void closing(void *unused) {
    (void)unused;
    spawn(comes, letter_a, MAIN + 1);
    spawn(comes, letter_b, MAIN - 1);
    thread_sleep_ticks(10);
    EXPECT_EQ(barrier_close(&barrier), STATUS_OK);
    note('.');
    EXPECT_EQ(barrier_close(&barrier), STATUS_CLOSED);
    come('m', INSTANT_NEVER);
}

TEST(close_wakes_all_and_refuses_all) {
    play(3, closing);
    EXPECT_STRING(trace, "aC.mCbC");
}

static void comes_and_closes(void *argument) {
    comes(argument);
    EXPECT_EQ(barrier_close(&barrier), STATUS_OK);
}

static void closed_in_a_round(void *unused) {
    (void)unused;
    spawn(comes_and_closes, letter_a, MAIN + 2);
    spawn(comes, letter_b, MAIN + 1);
    come('m', INSTANT_NEVER);
}

TEST(a_complete_round_comes_to_its_end_before_a_close) {
    play(3, closed_in_a_round);
    EXPECT_STRING(trace, "a+b+m!");
}
