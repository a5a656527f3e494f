/* SPDX-License-Identifier: MIT */
/* Waiting for a condition: who goes on, with the mutex or without, and what is lent meanwhile. */
#include "kernel/sync/condition.h"

#include "tests/unit/kernel/sync/mutex_scenario.h"

static struct condition changed;
static char letter_a[] = "a", letter_b[] = "b", letter_c[] = "c", letter_d[] = "d";

static void play(thread_entry entry) {
    mutexes_init();
    EXPECT_EQ(condition_init(&changed), STATUS_OK);
    run(entry);
}

static char sign_of(status_t status) {
    return status == STATUS_OK           ? '+'
           : status == STATUS_TIMED_OUT  ? '-'
           : status == STATUS_CLOSED     ? 'C'
           : status == STATUS_OWNER_DIED ? 'D'
           : status == STATUS_NOT_OWNER  ? 'N'
                                         : '?';
}

static void wait_until(const char *letter, instant_t deadline) {
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OK);
    status_t status = condition_wait_until(&changed, &mutexes[0], deadline);
    note(*letter);
    note(sign_of(status));
    EXPECT_EQ(mutex_unlock(&mutexes[0]), status == STATUS_NOT_OWNER ? STATUS_NOT_OWNER : STATUS_OK);
}

static void waits(void *letter) {
    wait_until(letter, INSTANT_NEVER);
}

static void waits_timed(void *letter) {
    wait_until(letter, (instant_t){100});
}

/* --- Signals --- */

static void signal_each(void *unused) {
    (void)unused;
    spawn(waits, letter_a, 10);
    spawn(waits, letter_b, 20);
    spawn(waits, letter_c, 10);
    spawn(waits, letter_d, 40);
    thread_sleep_ticks(10);
    for (unsigned i = 0; i < 5; i++) {
        condition_signal(&changed);
        note('.');
        thread_sleep_ticks(10);
    }
}

TEST(a_signal_lets_the_oldest_of_the_highest_go_on) {
    play(signal_each);
    EXPECT_STRING(trace, "d+..b+.a+.c+.");
}

static void signal_owning(void *unused) {
    (void)unused;
    spawn(waits, letter_a, 40);
    spawn(waits_timed, letter_b, 50);
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OK);
    condition_signal(&changed);
    note('1');
    EXPECT_EQ(own_priority(), 50);
    condition_signal(&changed);
    note('2');
    EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_OK);
    note('3');
    EXPECT_EQ(own_priority(), CONFIG_MAIN_PRIORITY);
}

TEST(who_is_signalled_while_the_mutex_is_owned_waits_for_it_and_lends) {
    play(signal_owning);
    EXPECT_STRING(trace, "12b+a+3");
}

/* Signalled in time; the time is up while it waits for the mutex: that is no timeout. */
static void signal_then_sleep(void *unused) {
    (void)unused;
    spawn(waits_timed, letter_a, 40);
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OK);
    condition_signal(&changed);
    thread_sleep_until((instant_t){500});
    note('.');
    EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_OK);
}

TEST(a_signal_in_time_is_no_timeout_however_long_the_mutex_is_owned) {
    play(signal_then_sleep);
    EXPECT_STRING(trace, ".a+");
}

static void time_passes(void *unused) {
    (void)unused;
    spawn(waits_timed, letter_a, 10);
    spawn(waits_timed, letter_b, 20);
    thread_sleep_ticks(50);
    condition_signal(&changed);
    thread_sleep_ticks(100);
    EXPECT_EQ(time_now().ticks, 150);
    condition_signal(&changed);
    note('.');
}

TEST(a_wait_times_out_and_has_the_mutex_then) {
    play(time_passes);
    EXPECT_STRING(trace, "b+a-.");
}

/* It comes back without the mutex being free: it waits for that, too. */
static void timed_out_while_owned(void *unused) {
    (void)unused;
    spawn(waits_timed, letter_a, 40);
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OK);
    thread_sleep_until((instant_t){500});
    EXPECT_EQ(own_priority(), 40);
    note('.');
    EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_OK);
}

TEST(who_timed_out_waits_for_the_mutex_and_lends) {
    play(timed_out_while_owned);
    EXPECT_STRING(trace, ".a-");
}

/* --- Broadcast --- */

static void broadcast(void *unused) {
    (void)unused;
    EXPECT_EQ(condition_broadcast(&changed), STATUS_OK);
    spawn(waits, letter_a, 10);
    spawn(waits, letter_b, 50);
    spawn(waits, letter_c, 40);
    thread_sleep_ticks(10);
    EXPECT_EQ(condition_broadcast(&changed), STATUS_NOT_OWNER);
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OK);
    EXPECT_EQ(condition_broadcast(&changed), STATUS_OK);
    note('.');
    EXPECT_EQ(own_priority(), 50);
    EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_OK);
    note('.');
}

TEST(a_broadcast_lets_all_go_on_in_their_order) {
    play(broadcast);
    EXPECT_STRING(trace, ".b+c+.a+");
}

/* --- Close --- */

static void closes(void *unused) {
    (void)unused;
    spawn(waits, letter_a, 10);
    spawn(waits_timed, letter_b, 50);
    thread_sleep_ticks(10);
    EXPECT_EQ(condition_close(&changed), STATUS_OK);
    note('.');
    EXPECT_EQ(condition_close(&changed), STATUS_CLOSED);
    waits(letter_c);
    condition_signal(&changed);
}

TEST(close_lets_all_go_on_and_nobody_waits_any_more) {
    play(closes);
    EXPECT_STRING(trace, "bC.cCaC");
}

static void mutex_closes(void *unused) {
    (void)unused;
    spawn(waits, letter_a, 10);
    spawn(waits, letter_b, 20);
    thread_sleep_ticks(10);
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OK);
    condition_signal(&changed);
    EXPECT_EQ(mutex_close(&mutexes[0]), STATUS_OK);
    EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_OK);
    condition_signal(&changed);
}

TEST(a_mutex_that_is_closed_does_not_come_back) {
    play(mutex_closes);
    EXPECT_STRING(trace, "bNaN");
}

/* --- Ends of owners --- */

static void signals_and_ends(void *unused) {
    (void)unused;
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OK);
    condition_signal(&changed);
}

static void owner_ends(void *unused) {
    (void)unused;
    spawn(waits, letter_a, 40);
    spawn(signals_and_ends, NULL, 35);
    note('.');
    spawn(waits_timed, letter_b, 40);
    spawn(signals_and_ends, NULL, 35);
}

TEST(who_goes_on_is_told_that_the_owner_ended) {
    play(owner_ends);
    EXPECT_STRING(trace, "aD.bD");
}

/* --- Refusals --- */

static void refusals(void *unused) {
    (void)unused;
    EXPECT_EQ(condition_init(NULL), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(condition_wait(&changed, &mutexes[0]), STATUS_NOT_OWNER);
    EXPECT_EQ(mutex_init(&mutexes[1], &(struct mutex_attributes){.recursive = true}), STATUS_OK);
    EXPECT_EQ(mutex_lock(&mutexes[1]), STATUS_OK);
    EXPECT_EQ(mutex_lock(&mutexes[1]), STATUS_OK);
    EXPECT_EQ(condition_wait(&changed, &mutexes[1]), STATUS_BUSY);
    EXPECT_EQ(mutex_unlock(&mutexes[1]), STATUS_OK);
    EXPECT_EQ(condition_wait_until(&changed, &mutexes[1], (instant_t){0}), STATUS_TIMED_OUT);
    spawn(waits, letter_a, 40);
    EXPECT_EQ(condition_wait(&changed, &mutexes[1]), STATUS_INVALID_ARGUMENT);
    condition_signal(&changed);
    EXPECT_EQ(condition_wait_until(&changed, &mutexes[1], (instant_t){100}), STATUS_TIMED_OUT);
    EXPECT_EQ(mutex_unlock(&mutexes[1]), STATUS_OK);
    note('e');
}

TEST(waits_that_cannot_be_are_refused) {
    play(refusals);
    EXPECT_STRING(trace, "a+e");
}

/* Who would wait in a circle for the mutex finds that out by itself. */
static void waits_owning_another(void *unused) {
    (void)unused;
    EXPECT_EQ(mutex_lock(&mutexes[1]), STATUS_OK);
    waits(letter_a);
    EXPECT_EQ(mutex_unlock(&mutexes[1]), STATUS_OK);
}

static void closes_the_circle(void *unused) {
    (void)unused;
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OK);
    EXPECT_EQ(mutex_lock(&mutexes[1]), STATUS_OK);
    note('c');
    EXPECT_EQ(mutex_unlock(&mutexes[1]), STATUS_OK);
    EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_OK);
}

static void circle(void *unused) {
    (void)unused;
    spawn(waits_owning_another, NULL, 40);
    spawn(closes_the_circle, NULL, 20);
    thread_sleep_ticks(10);
    condition_signal(&changed);
    note('.');
}

TEST(who_would_wait_in_a_circle_goes_on_without_the_mutex) {
    play(circle);
    EXPECT_STRING(trace, "aN.c");
}

/* --- In the middle: at every interrupt point of the wait there is a signal, a higher thread --- */

static unsigned points, point_of_signal;
static thread_id_t waiter_id;
static bool is_waiting, signalled;

static void signals_higher(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){1000});
    if (mutex_try_lock(&mutexes[0]) == STATUS_OK) { /* it waits, as it has let go of the mutex */
        condition_signal(&changed);
        signalled = true;
        EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_OK);
    }
}

static void jump_at_point(void) {
    if (is_waiting && thread_self().index == waiter_id.index && points++ == point_of_signal) {
        hosted.now = 1000;
    }
}

static void waits_watched(void *unused) {
    (void)unused;
    waiter_id = thread_self();
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OK);
    is_waiting = true;
    status_t status = condition_wait_until(&changed, &mutexes[0], (instant_t){2000});
    is_waiting = false;
    EXPECT_EQ(status, signalled ? STATUS_OK : STATUS_TIMED_OUT);
    EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_OK);
    note('e');
}

static void signal_anywhere(void *unused) {
    (void)unused;
    spawn(signals_higher, NULL, 50);
    hosted.hooks.point = jump_at_point;
    spawn(waits_watched, NULL, 40);
}

TEST(no_signal_after_the_unlock_is_missed) {
    unsigned with_signal = 0;
    for (point_of_signal = 0; point_of_signal < 12; point_of_signal++) {
        points = 0;
        signalled = is_waiting = false;
        play(signal_anywhere);
        EXPECT_STRING(trace, "e");
        with_signal += signalled;
    }
    EXPECT(with_signal > 4);
}

/* --- A low one signals for a high one: a middle one does not come between ------------------------ */

static void owns_for_long(void *unused) {
    (void)unused;
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OK);
    thread_sleep_until((instant_t){2000});
    EXPECT_EQ(own_priority(), 40);
    EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_OK);
}

static void signals_low(void *unused) {
    (void)unused;
    condition_signal(&changed);
    note('s');
}

static void comes_between(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){1000});
    EXPECT(arch_cpu_self()->settling == NULL);
    note('m');
}

static void jump_while_settling(void) {
    if (arch_cpu_self()->settling != NULL && hosted.now < 1000) {
        hosted.now = 1000;
    }
}

static void signal_interrupted(void *unused) {
    (void)unused;
    spawn(waits, letter_a, 40);
    spawn(owns_for_long, NULL, 3);
    spawn(comes_between, NULL, 20);
    thread_sleep_ticks(10);
    hosted.hooks.point = jump_while_settling;
    spawn(signals_low, NULL, 5);
    thread_sleep_ticks(3000);
}

TEST(who_signals_has_the_priority_of_whom_it_signals_until_that_is_lent) {
    play(signal_interrupted);
    EXPECT_STRING(trace, "msa+");
}
