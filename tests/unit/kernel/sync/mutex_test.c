/* SPDX-License-Identifier: MIT */
/* Locking and unlocking: whose turn it is, at which priority, and what is refused. */
#include "kernel/sync/mutex.h"

#include "tests/unit/kernel/sync/mutex_scenario.h"

static struct part parts[16];
static unsigned part_count;

/* Plays parts that enter in this order; main is above all of them and sleeps between. */
static void enter_all(void *unused) {
    (void)unused;
    for (unsigned i = 0; i < part_count; i++) {
        part_enter(&parts[i]);
        thread_sleep_ticks(5);
    }
    note('.');
}

static void play(const struct part *script, unsigned count) {
    mutexes_init();
    part_count = count;
    for (unsigned i = 0; i < count; i++) {
        parts[i] = script[i];
    }
    run(enter_all);
}
#define PLAY(...)                                                                                  \
    do {                                                                                           \
        const struct part script[] = {__VA_ARGS__};                                                \
        play(script, ARRAY_SIZE(script));                                                          \
    } while (0)

/* --- One mutex --- */

static void lock_and_unlock(void *unused) {
    (void)unused;
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OK);
        EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_DEADLOCK);
        EXPECT_EQ(mutex_try_lock(&mutexes[0]), STATUS_DEADLOCK);
        EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_OK);
        EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_NOT_OWNER);
    }
    note('e');
}

TEST(a_mutex_is_locked_and_unlocked_by_its_owner) {
    mutexes_init();
    run(lock_and_unlock);
    EXPECT_STRING(trace, "e");
}

TEST(a_static_mutex_of_zeroes_is_free) {
    static struct mutex zero;
    mutexes_init();
    EXPECT(memcmp(&zero, &mutexes[0], sizeof(zero)) == 0);
}

TEST(a_mutex_is_handed_to_the_oldest_of_the_highest) {
    PLAY(PART('a', 10, "0sSa"), PART('b', 20, "0a"), PART('c', 21, "0a"), PART('d', 20, "0a"),
         PART('e', 21, "0a"));
    EXPECT_STRING(trace, "a0.c0e0b0d0");
}

/* The owner unlocks and locks again: the waiter has it, not the quicker one. */
TEST(a_mutex_is_handed_over_not_left_to_whoever_comes_first) {
    PLAY(PART('a', 10, "0Sa0a"), PART('b', 5, "0na"));
    EXPECT_STRING(trace, "a0.b0ba0");
}

/* --- Inheritance --- */

TEST(the_owner_has_the_priority_of_who_waits_and_loses_it_again) {
    PLAY(PART('a', 10, "0spap"), PART('b', 20, "0a"), PART('c', 30, "0a"));
    EXPECT_STRING(trace, "a0_c0b0K.");
}

/* The classic one: `m` would keep the low owner, and so the high waiter, from running. */
TEST(a_middle_thread_does_not_delay_a_high_one_through_a_low_owner) {
    PLAY(PART('l', 10, "0ssna"), PART('h', 30, "0na"), PART('m', 20, "sn"));
    EXPECT_STRING(trace, "l0.lh0hm");
}

TEST(locks_are_given_back_in_any_order) {
    PLAY(PART('a', 10, "012Spbpapcp"), PART('b', 20, "0a"), PART('c', 30, "1b"),
         PART('d', 25, "2c"));
    /* 30; without 1: 25; without 0: 25; without 2: 10 */
    EXPECT_STRING(trace, "a0a1a2._c1ZZd2b0K");
}

TEST(priority_is_lent_along_a_chain) {
    PLAY(PART('a', 10, "0Spap"), PART('b', 11, "10pabp"), PART('c', 12, "21bc"),
         PART('d', 40, "2c"));
    EXPECT_STRING(trace, "a0b1c2.ib0ic1d2LK");
}

/* --- Time --- */

TEST(a_waiter_whose_time_is_up_takes_back_what_it_lent) {
    PLAY(PART('a', 10, "0psssssssspa"), PART('b', 30, "t0"));
    EXPECT_STRING(trace, "a0K.b-K");
}

/* The owner never sleeps: at the waiter's own level it must not keep it from leaving. */
static void spin_as_owner(void *unused) {
    (void)unused;
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OK);
    thread_sleep_ticks(10);
    EXPECT_EQ(own_priority(), 20);
    while (time_now().ticks < 500) {
        hosted.now++;
        hosted_interrupt_point();
        if (time_now().ticks == 150) {
            EXPECT_EQ(own_priority(), 10);
        }
    }
    note('a');
    EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_OK);
}

static void wait_for_spinner(void *unused) {
    (void)unused;
    EXPECT_EQ(mutex_lock_until(&mutexes[0], (instant_t){100}), STATUS_TIMED_OUT);
    EXPECT_EQ(time_now().ticks, 100);
    note('b');
}

static void enter_spinner(void *unused) {
    (void)unused;
    spawn(spin_as_owner, NULL, 10);
    thread_sleep_ticks(5);
    spawn(wait_for_spinner, NULL, 20);
}

TEST(a_timeout_is_not_late_because_the_owner_runs_at_the_same_level) {
    mutexes_init();
    run(enter_spinner);
    EXPECT_STRING(trace, "ba");
}

TEST(a_timeout_in_the_middle_of_a_chain_adjusts_all_behind_it) {
    PLAY(PART('a', 10, "0sssspsssspa"), PART('b', 20, "1t0b"), PART('c', 30, "1b"));
    EXPECT_STRING(trace, "a0b1._b-c1K");
}

static void past_deadlines(void *unused) {
    (void)unused;
    EXPECT_EQ(mutex_lock_until(&mutexes[0], (instant_t){0}), STATUS_OK);
    EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_OK);
    part_enter(&parts[0]);
    thread_sleep_ticks(1);
    EXPECT_EQ(mutex_lock_until(&mutexes[0], (instant_t){0}), STATUS_TIMED_OUT);
    EXPECT_EQ(mutex_try_lock(&mutexes[0]), STATUS_WOULD_BLOCK);
    EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_NOT_OWNER);
    EXPECT_EQ(priority_of(parts[0].id), 10);
}

TEST(a_deadline_in_the_past_tries_once_and_lends_nothing) {
    mutexes_init();
    parts[0] = (struct part)PART('a', 10, "0Sa");
    run(past_deadlines);
}

/* --- Chains --- */

TEST(a_cycle_is_refused_before_it_waits) {
    PLAY(PART('a', 10, "0s1pa"), PART('b', 20, "1s0bnxa"));
    EXPECT_STRING(trace, "a0b1.b#ba1K");
}

static char names[] = "abcdefghijkl";

/* `length` threads in a row, each owning one mutex and waiting for that of the one before. */
static void chain_main(void *argument) {
    unsigned number = (unsigned)(uintptr_t)argument;
    EXPECT_EQ(mutex_lock(&mutexes[number]), STATUS_OK);
    if (number > 0) {
        status_t status = mutex_lock(&mutexes[number - 1]);
        note(status == STATUS_OK ? names[number] : '^');
        if (status == STATUS_OK) {
            EXPECT_EQ(mutex_unlock(&mutexes[number - 1]), STATUS_OK);
        }
    } else {
        thread_sleep_ticks(1000);
    }
    EXPECT_EQ(mutex_unlock(&mutexes[number]), STATUS_OK);
}

static thread_id_t links[CONFIG_INHERITANCE_CHAIN_MAX + 2];

static void chain_from_owner(void *unused) {
    (void)unused;
    for (unsigned i = 0; i <= CONFIG_INHERITANCE_CHAIN_MAX + 1; i++) {
        links[i] = spawn(chain_main, (void *)(uintptr_t)i, (uint8_t)(10 + i));
        thread_sleep_ticks(1);
    }
    for (unsigned i = 0; i < CONFIG_INHERITANCE_CHAIN_MAX; i++) {
        EXPECT_EQ(priority_of(links[i]), 10 + CONFIG_INHERITANCE_CHAIN_MAX);
    }
    EXPECT_EQ(thread_set_priority(links[CONFIG_INHERITANCE_CHAIN_MAX], 50), STATUS_OK);
    EXPECT_EQ(priority_of(links[0]), 50);
    EXPECT_EQ(thread_set_priority(links[CONFIG_INHERITANCE_CHAIN_MAX], 5), STATUS_OK);
    for (unsigned i = 0; i < CONFIG_INHERITANCE_CHAIN_MAX; i++) {
        EXPECT_EQ(priority_of(links[i]), 9 + CONFIG_INHERITANCE_CHAIN_MAX);
    }
}

TEST(a_chain_has_its_greatest_length_and_no_more) {
    mutexes_init();
    run(chain_from_owner);
    EXPECT_STRING(trace, "^bcdefghi");
}

/* Built from the other end: who is waited for goes to wait itself. */
static void chain_backwards_main(void *argument) {
    unsigned number = (unsigned)(uintptr_t)argument;
    EXPECT_EQ(mutex_lock(&mutexes[number]), STATUS_OK);
    thread_sleep_until((instant_t){2000 - number * 100});
    if (number > 0) {
        status_t status = mutex_lock(&mutexes[number - 1]);
        note(status == STATUS_TOO_DEEP ? '^' : status == STATUS_OWNER_DIED ? names[number] : '?');
        EXPECT_EQ(own_priority(), 11 + CONFIG_INHERITANCE_CHAIN_MAX);
    } else {
        EXPECT_EQ(own_priority(), 10);
    }
}

static void chain_from_waiter(void *unused) {
    (void)unused;
    for (unsigned i = 0; i <= CONFIG_INHERITANCE_CHAIN_MAX + 1; i++) {
        links[i] = spawn(chain_backwards_main, (void *)(uintptr_t)i, (uint8_t)(10 + i));
    }
}

TEST(a_chain_that_grows_at_its_head_is_as_long_and_no_longer) {
    mutexes_init();
    run(chain_from_waiter);
    /* The second would make nine of the eight: it ends, and who waits for it has what it owned. */
    EXPECT_STRING(trace, "^cdefghij");
}

/* What was long may be short again: nothing is remembered of a chain that is gone. */
static void chain_again(void *unused) {
    chain_from_owner(unused);
    thread_sleep_ticks(5000);
    trace_length = 0;
    chain_from_owner(unused);
}

TEST(a_chain_that_is_gone_leaves_room_for_another) {
    mutexes_init();
    run(chain_again);
    EXPECT_STRING(trace, "^bcdefghi");
}

/* --- Priorities that are set --- */

static thread_id_t low, middle, high;

static void set_in_the_middle(void *unused) {
    (void)unused;
    parts[0] = (struct part)PART('a', 10, "0Sa");
    parts[1] = (struct part)PART('b', 20, "10ab");
    parts[2] = (struct part)PART('c', 30, "1b");
    for (unsigned i = 0; i < 3; i++) {
        part_enter(&parts[i]);
        thread_sleep_ticks(1);
    }
    low = parts[0].id, middle = parts[1].id, high = parts[2].id;
    EXPECT_EQ(thread_set_priority(middle, 50), STATUS_OK);
    EXPECT_EQ(priority_of(low), 50);
    EXPECT_EQ(priority_of(middle), 50);
    EXPECT_EQ(thread_set_priority(middle, 15), STATUS_OK);
    EXPECT_EQ(priority_of(low), 30);
    EXPECT_EQ(priority_of(middle), 30);
    EXPECT_EQ(thread_set_priority(high, 12), STATUS_OK);
    EXPECT_EQ(priority_of(low), 15);
    EXPECT_EQ(priority_of(middle), 15);
    EXPECT_EQ(thread_set_priority(low, 40), STATUS_OK);
    EXPECT_EQ(priority_of(low), 40);
    unsigned base = 0;
    EXPECT_EQ(thread_get_base_priority(middle, &base), STATUS_OK);
    EXPECT_EQ(base, 15);
    EXPECT_EQ(thread_set_priority(low, 1), STATUS_OK);
    EXPECT_EQ(priority_of(low), 15);
    EXPECT_EQ(thread_get_base_priority(low, &base), STATUS_OK);
    EXPECT_EQ(base, 1);
    EXPECT_EQ(thread_get_base_priority(THREAD_ID_NONE, &base), STATUS_STALE);
    EXPECT_EQ(own_priority(), CONFIG_MAIN_PRIORITY);
}

TEST(a_priority_set_in_the_middle_of_a_chain_is_lent_on_at_once) {
    mutexes_init();
    run(set_in_the_middle);
    EXPECT_STRING(trace, "a0b1b0c1");
}

/* --- Several times --- */

static void lock_again(void *unused) {
    (void)unused;
    EXPECT_EQ(mutex_init(&mutexes[0], &(struct mutex_attributes){.recursive = true}), STATUS_OK);
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OK);
        EXPECT_EQ(mutex_try_lock(&mutexes[0]), STATUS_OK);
    }
    spawn(part_main, &parts[0], 40);
    for (unsigned i = 0; i < 6; i++) {
        note('.');
        EXPECT_EQ(own_priority(), 40);
        EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_OK);
    }
    EXPECT_EQ(own_priority(), CONFIG_MAIN_PRIORITY);
    EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_NOT_OWNER);
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OK);
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OK);
    mutexes[0].depth = MUTEX_DEPTH_MAX;
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_FULL);
    mutexes[0].depth = 1;
    EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_OK);
    EXPECT_EQ(mutexes[0].word, mutex_word_of(&thread_slots[thread_self().index]));
    EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_OK);
    EXPECT_EQ(mutexes[0].word, 0);
}

TEST(a_recursive_mutex_is_unlocked_as_often_as_it_was_locked) {
    mutexes_init();
    parts[0] = (struct part)PART('h', 40, "0a");
    run(lock_again);
    EXPECT_STRING(trace, "......h0");
}

/* --- Ceilings --- */

static void use_ceilings(void *unused) {
    (void)unused;
    const struct mutex_attributes at_40 = {.has_ceiling = true, .ceiling = 40};
    const struct mutex_attributes at_50 = {.has_ceiling = true, .ceiling = 50};
    EXPECT_EQ(mutex_init(&mutexes[0], &at_40), STATUS_OK);
    EXPECT_EQ(mutex_init(&mutexes[1], &at_50), STATUS_OK);
    EXPECT_EQ(mutex_lock(&mutexes[1]), STATUS_OK);
    EXPECT_EQ(own_priority(), 50);
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OK);
    EXPECT_EQ(own_priority(), 50);
    spawn(part_main, &parts[0], 45);
    EXPECT_EQ(mutex_unlock(&mutexes[1]), STATUS_OK);
    note('.');
    EXPECT_EQ(own_priority(), 40);
    EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_OK);
    EXPECT_EQ(own_priority(), CONFIG_MAIN_PRIORITY);
    EXPECT_EQ(thread_set_priority(thread_self(), 41), STATUS_OK);
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mutex_try_lock(&mutexes[0]), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(mutex_lock(&mutexes[1]), STATUS_OK);
    EXPECT_EQ(mutex_unlock(&mutexes[1]), STATUS_OK);
}

TEST(a_ceiling_is_its_owners_priority_at_once) {
    mutexes_init();
    parts[0] = (struct part)PART('a', 45, "n");
    run(use_ceilings);
    EXPECT_STRING(trace, "a.");
}

static struct mutex many[CONFIG_CEILINGS_HELD_MAX + 1];

static void hold_many(void *unused) {
    (void)unused;
    const struct mutex_attributes ceiling = {.has_ceiling = true, .ceiling = 40};
    for (unsigned i = 0; i <= CONFIG_CEILINGS_HELD_MAX; i++) {
        EXPECT_EQ(mutex_init(&many[i], &ceiling), STATUS_OK);
        EXPECT_EQ(mutex_lock(&many[i]), i < CONFIG_CEILINGS_HELD_MAX ? STATUS_OK : STATUS_FULL);
    }
    EXPECT_EQ(mutex_unlock(&many[5]), STATUS_OK);
    EXPECT_EQ(mutex_lock(&many[CONFIG_CEILINGS_HELD_MAX]), STATUS_OK);
    EXPECT_EQ(own_priority(), 40);
    note('e');
}

static void see_them_given_back(void *unused) {
    spawn(hold_many, unused, 10);
    thread_sleep_ticks(10);
    for (unsigned i = 0; i <= CONFIG_CEILINGS_HELD_MAX; i++) {
        EXPECT_EQ(mutex_lock(&many[i]), i == 5 ? STATUS_OK : STATUS_OWNER_DIED);
        EXPECT_EQ(mutex_unlock(&many[i]), STATUS_OK);
    }
}

TEST(a_thread_holds_so_many_ceilings_and_its_end_gives_them_back) {
    run(see_them_given_back);
    EXPECT_STRING(trace, "e");
}

/* A waiter that is lent more, or set higher, than the ceiling lends it on all the same. */
static void above_the_ceiling(void *unused) {
    (void)unused;
    const struct mutex_attributes ceiling = {.has_ceiling = true, .ceiling = 25};
    EXPECT_EQ(mutex_init(&mutexes[0], &ceiling), STATUS_OK);
    parts[0] = (struct part)PART('a', 10, "0Spap");
    parts[1] = (struct part)PART('b', 20, "0apn");
    part_enter(&parts[0]);
    thread_sleep_ticks(1);
    part_enter(&parts[1]);
    thread_sleep_ticks(1);
    EXPECT_EQ(priority_of(parts[0].id), 25);
    EXPECT_EQ(thread_set_priority(parts[1].id, 30), STATUS_OK);
    EXPECT_EQ(priority_of(parts[0].id), 30);
}

TEST(inheritance_goes_on_above_a_ceiling) {
    run(above_the_ceiling);
    EXPECT_STRING(trace, "a0_b0_bK");
}

/* --- Attributes --- */

TEST(mutexes_that_cannot_be_are_refused) {
    EXPECT_EQ(mutex_init(NULL, NULL), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(
        mutex_init(&mutexes[0], &(struct mutex_attributes){.has_ceiling = true, .ceiling = 64}),
        STATUS_OUT_OF_RANGE);
    EXPECT_EQ(
        mutex_init(&mutexes[0], &(struct mutex_attributes){.has_ceiling = true, .ceiling = 63}),
        STATUS_OK);
}
