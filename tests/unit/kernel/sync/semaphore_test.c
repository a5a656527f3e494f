/* SPDX-License-Identifier: MIT */
/* Semaphores: units and statuses, order of waiters, hand-off, deadlines, close. */
#include "kernel/sync/semaphore.h"

#include "tests/unit/kernel/scenario.h"

#define MAIN CONFIG_MAIN_PRIORITY

static struct semaphore units;

static void play(uint64_t initial, uint64_t maximum, thread_entry entry) {
    trace_length = 0;
    trace[0] = '\0';
    machine_reset();
    EXPECT_EQ(semaphore_init(&units, initial, maximum), STATUS_OK);
    machine_watch_semaphore(&units);
    machine_run(entry, NULL, NULL);
}

static status_t take_until(uint64_t deadline) {
    return semaphore_take_until(&units, (instant_t){deadline});
}

static void take_and_note(void *argument) {
    status_t status = semaphore_take(&units);
    note(*(const char *)argument);
    note(status == STATUS_OK ? '+' : status == STATUS_CLOSED ? 'C' : '?');
}

static char letter_a[] = "a", letter_b[] = "b", letter_c[] = "c", letter_d[] = "d";

TEST(init_refuses_what_makes_no_sense) {
    EXPECT_EQ(semaphore_init(NULL, 0, 1), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(semaphore_init(&units, 0, 0), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(semaphore_init(&units, 3, 2), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(semaphore_init(&units, 2, 2), STATUS_OK);
    EXPECT_EQ(semaphore_init(&units, 0, UINT64_MAX), STATUS_OK);
    static const struct semaphore made = SEMAPHORE_INITIALIZER(2, 5);
    EXPECT_EQ(semaphore_count(&made), 2);
}

static void counts(void *unused) {
    (void)unused;
    for (unsigned round = 0; round < 3; round++) {
        EXPECT_EQ(semaphore_try_take(&units), STATUS_OK);
        EXPECT_EQ(semaphore_try_take(&units), STATUS_WOULD_BLOCK);
        for (uint64_t i = 0; i < 3; i++) {
            EXPECT_EQ(semaphore_count(&units), i);
            EXPECT_EQ(semaphore_give(&units), STATUS_OK);
        }
        EXPECT_EQ(semaphore_give(&units), STATUS_FULL);
        EXPECT_EQ(semaphore_count(&units), 3);
        EXPECT_EQ(semaphore_take(&units), STATUS_OK);
        EXPECT_EQ(take_until(0), STATUS_OK); /* a past deadline still tries once */
    }
    note('e');
}

TEST(units_are_counted_up_to_the_maximum) {
    play(1, 3, counts);
    EXPECT_STRING(trace, "e");
}

static void deadlines(void *unused) {
    (void)unused;
    hosted_step(100);
    EXPECT_EQ(take_until(0), STATUS_TIMED_OUT);
    EXPECT_EQ(take_until(100), STATUS_TIMED_OUT);
    EXPECT_EQ(hosted.now, 100);
    EXPECT_EQ(take_until(150), STATUS_TIMED_OUT);
    EXPECT_EQ(hosted.now, 150);
    EXPECT_EQ(semaphore_give(&units), STATUS_OK); /* nobody waits any more: it is kept */
    EXPECT_EQ(semaphore_count(&units), 1);
    EXPECT_EQ(semaphore_give(&units), STATUS_OK);
    EXPECT_EQ(semaphore_give(&units), STATUS_FULL);
    EXPECT_EQ(take_until(200), STATUS_OK);
    EXPECT_EQ(hosted.now, 150);
    note('e');
}

TEST(deadlines_are_kept_and_leave_nothing_behind) {
    play(0, 2, deadlines);
    EXPECT_STRING(trace, "e");
    EXPECT_EQ(hosted.compare, UINT64_MAX);
}

static void four_takers(void *unused) {
    (void)unused;
    spawn(take_and_note, letter_a, 40);
    spawn(take_and_note, letter_b, 50);
    spawn(take_and_note, letter_c, 40);
    spawn(take_and_note, letter_d, 50);
    for (uint64_t i = 0; i < 4; i++) {
        EXPECT_EQ(semaphore_give(&units), STATUS_OK);
        EXPECT_EQ(semaphore_count(&units), 0);
        note('.');
    }
    EXPECT_EQ(semaphore_give(&units), STATUS_OK);
    EXPECT_EQ(semaphore_give(&units), STATUS_FULL);
}

TEST(takers_are_served_by_priority_then_in_order_and_preempt_the_giver) {
    play(0, 1, four_takers);
    EXPECT_STRING(trace, "b+.d+.a+.c+.");
}

static void lower_takers(void *unused) {
    (void)unused;
    spawn(take_and_note, letter_a, MAIN - 2);
    spawn(take_and_note, letter_b, MAIN - 1);
    thread_sleep_ticks(10);
    EXPECT_EQ(semaphore_give(&units), STATUS_OK);
    EXPECT_EQ(semaphore_try_take(&units), STATUS_WOULD_BLOCK); /* it is b's, which has not run */
    EXPECT_EQ(semaphore_give(&units), STATUS_OK);
    EXPECT_EQ(semaphore_give(&units), STATUS_OK);
    EXPECT_EQ(semaphore_count(&units), 1);
    note('.');
}

TEST(a_unit_handed_over_cannot_be_taken_by_another) {
    play(0, 9, lower_takers);
    EXPECT_STRING(trace, ".b+a+");
}

static void take_for_10(void *argument) {
    status_t status = semaphore_take_until(&units, time_after(time_ticks(10)));
    note(*(const char *)argument);
    note(status == STATUS_OK ? '+' : status == STATUS_TIMED_OUT ? 'T' : '?');
}

static void give_to_timed(void *unused) {
    (void)unused;
    spawn(take_for_10, letter_a, 40);
    spawn(take_for_10, letter_b, 41);
    EXPECT_EQ(semaphore_give(&units), STATUS_OK);
    thread_sleep_ticks(20);
    note('.');
    EXPECT_EQ(semaphore_give(&units), STATUS_OK);
    EXPECT_EQ(semaphore_count(&units), 1);
}

TEST(a_give_calls_the_deadline_off_and_a_deadline_leaves_the_queue) {
    play(0, 9, give_to_timed);
    EXPECT_STRING(trace, "b+aT.");
    EXPECT_EQ(hosted.compare, UINT64_MAX);
}

static void closing(void *unused) {
    (void)unused;
    spawn(take_and_note, letter_a, MAIN - 1);
    spawn(take_and_note, letter_b, MAIN + 1);
    spawn(take_and_note, letter_c, MAIN + 2);
    thread_sleep_ticks(10);
    EXPECT_EQ(semaphore_close(&units), STATUS_OK);
    note('.');
    EXPECT_EQ(semaphore_close(&units), STATUS_CLOSED);
    EXPECT_EQ(semaphore_give(&units), STATUS_CLOSED);
    EXPECT_EQ(semaphore_try_take(&units), STATUS_CLOSED);
    EXPECT_EQ(semaphore_take(&units), STATUS_CLOSED);
    EXPECT_EQ(take_until(0), STATUS_CLOSED);
}

TEST(close_wakes_all_and_refuses_all) {
    play(0, 9, closing);
    EXPECT_STRING(trace, "cCbC.aC");
}

static void closing_full(void *unused) {
    (void)unused;
    EXPECT_EQ(semaphore_close(&units), STATUS_OK);
    EXPECT_EQ(semaphore_try_take(&units), STATUS_CLOSED);
    EXPECT_EQ(semaphore_count(&units), 0);
    note('e');
}

TEST(units_left_in_a_closed_semaphore_are_gone) {
    play(4, 9, closing_full);
    EXPECT_STRING(trace, "e");
}

/* Who is dismissed first is higher, and gives while others still wait in the closed semaphore. */
static void gives_when_dismissed(void *unused) {
    (void)unused;
    EXPECT_EQ(semaphore_take(&units), STATUS_CLOSED);
    EXPECT_EQ(semaphore_give(&units), STATUS_CLOSED);
    note('g');
}

static void give_while_closing(void *unused) {
    (void)unused;
    spawn(take_and_note, letter_a, MAIN + 1);
    spawn(gives_when_dismissed, NULL, MAIN + 2);
    EXPECT_EQ(semaphore_close(&units), STATUS_OK);
    note('.');
}

TEST(a_unit_given_during_a_close_reaches_nobody) {
    play(0, 9, give_while_closing);
    EXPECT_STRING(trace, "gaC.");
}

static status_t device_status;

NO_CONTEXT_CHECK static void device_gives(void) {
    device_status = semaphore_give_irq(&units);
}

static status_t interrupt(void) {
    hosted.line = true;
    hosted_step(0);
    return device_status;
}

static void gives_from_the_door(void *unused) {
    (void)unused;
    machine.device = device_gives;
    spawn(take_and_note, letter_a, MAIN + 1);
    EXPECT_EQ(interrupt(), STATUS_OK); /* a is woken, and runs when the door is left */
    note('.');
    EXPECT_EQ(interrupt(), STATUS_OK);
    EXPECT_EQ(semaphore_count(&units), 1);
    EXPECT_EQ(interrupt(), STATUS_FULL);
    EXPECT_EQ(semaphore_close(&units), STATUS_OK);
    EXPECT_EQ(interrupt(), STATUS_CLOSED);
}

TEST(a_give_at_the_doors) {
    play(0, 1, gives_from_the_door);
    EXPECT_STRING(trace, "a+.");
}

/* The unit comes between the first look and the task call: an interrupt point is behind each. */
static bool gives_soon;

static void gives_at_once(void) {
    if (gives_soon) {
        gives_soon = false;
        note('i');
        hosted.line = true;
    }
}

static void take_given_between(void *unused) {
    (void)unused;
    machine.device = device_gives;
    gives_soon = true;
    hosted.hooks.begin = gives_at_once;
    EXPECT_EQ(semaphore_take(&units), STATUS_OK);
    EXPECT_EQ(semaphore_count(&units), 0);
    note('e');
}

TEST(a_unit_given_between_the_looks_is_taken) {
    play(0, 1, take_given_between);
    EXPECT_STRING(trace, "ie");
}
