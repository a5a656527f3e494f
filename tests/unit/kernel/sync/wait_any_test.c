/* SPDX-License-Identifier: MIT */
/* Waiting for several objects: which is told, who is served in which order, what is left behind. */
#include "kernel/sync/wait_any.h"

#include "kernel/sync/mutex.h"
#include "tests/unit/kernel/scenario.h"

#define MAIN CONFIG_MAIN_PRIORITY

static struct semaphore first_units, second_units;
static struct event_flags flags;
static struct mailbox box;
static uint32_t box_storage[2];
static struct mutex lock;

static void play(thread_entry entry) {
    trace_length = 0;
    trace[0] = '\0';
    machine_reset();
    EXPECT_EQ(semaphore_init(&first_units, 0, 5), STATUS_OK);
    EXPECT_EQ(semaphore_init(&second_units, 0, 5), STATUS_OK);
    EXPECT_EQ(event_flags_init(&flags, 0), STATUS_OK);
    EXPECT_EQ(mailbox_init(&box, box_storage, sizeof box_storage, 4, 2), STATUS_OK);
    EXPECT_EQ(mutex_init(&lock, NULL), STATUS_OK);
    machine_watch_semaphore(&first_units);
    machine_watch_semaphore(&second_units);
    machine_watch_event_flags(&flags);
    machine_watch(&box);
    machine_run(entry, NULL, NULL);
}

/* Whoever waits notes its letter, the number of what it was told of, and how. */
static void note_end(char letter, status_t status, unsigned which) {
    note(letter);
    if (status == STATUS_TIMED_OUT) {
        note('T');
        return;
    }
    note((char)('0' + which));
    note(status == STATUS_OK ? '+' : status == STATUS_CLOSED ? 'C' : '?');
}

static void wait_for_all_kinds(char letter, instant_t deadline) {
    uint32_t message = 0;
    struct wait_for list[] = {wait_for_unit(&first_units), wait_for_message(&box, &message),
                              wait_for_events(&flags, 3, EVENT_FLAGS_ANY | EVENT_FLAGS_CLEAR),
                              wait_for_unit(&second_units)};
    unsigned which = 9;
    status_t status = wait_any_until(list, 4, deadline, &which);
    if (status == STATUS_OK && which == 1) {
        EXPECT_EQ(message, 77);
    }
    if (status == STATUS_OK && which == 2) {
        EXPECT_EQ(list[2].want.seen, 6);
    }
    note_end(letter, status, which);
}

static void waits(void *argument) {
    wait_for_all_kinds(*(const char *)argument, INSTANT_NEVER);
}

static void waits_for_10(void *argument) {
    wait_for_all_kinds(*(const char *)argument, time_after(time_ticks(10)));
}

static void takes(void *argument) {
    note_end(*(const char *)argument, semaphore_take(&first_units), 0);
}

static char letter_a[] = "a", letter_b[] = "b", letter_c[] = "c";

static void refusals(void *unused) {
    (void)unused;
    unsigned which = 9;
    uint32_t message;
    struct wait_for list[CONFIG_WAIT_ANY_MAX + 1];
    for (unsigned i = 0; i < ARRAY_SIZE(list); i++) {
        list[i] = wait_for_unit(&first_units);
    }
    EXPECT_EQ(wait_any(NULL, 1, &which), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(wait_any(list, 1, NULL), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(wait_any(list, 0, &which), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(wait_any(list, ARRAY_SIZE(list), &which), STATUS_OUT_OF_RANGE);
    const struct wait_for wrong[] = {
        wait_for_unit(NULL),
        wait_for_message(NULL, &message),
        wait_for_message(&box, NULL),
        wait_for_events(NULL, 1, EVENT_FLAGS_ANY),
        wait_for_events(&flags, 0, EVENT_FLAGS_ANY),
        wait_for_events(&flags, 1, EVENT_FLAGS_CLEAR + 2),
        {.kind = (enum wait_for_kind)(WAIT_FOR_MOMENT + 1)},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        list[1] = wrong[i];
        EXPECT_EQ(wait_any(list, 2, &which), STATUS_INVALID_ARGUMENT);
    }
    list[0] = list[1] = wait_for_events(&flags, 1, EVENT_FLAGS_ANY);
    EXPECT_EQ(wait_any(list, 2, &which), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(wait_any_until(list, 1, (instant_t){0}, &which), STATUS_TIMED_OUT);
    EXPECT_EQ(which, 9);
    note('e');
}

TEST(what_makes_no_sense_is_refused) {
    play(refusals);
    EXPECT_STRING(trace, "e");
}

static void something_is_there(void *unused) {
    (void)unused;
    uint32_t message = 77;
    EXPECT_EQ(mailbox_try_send(&box, &message), STATUS_OK);
    EXPECT_EQ(semaphore_give(&second_units), STATUS_OK);
    EXPECT_EQ(event_flags_set(&flags, 6), STATUS_OK);
    for (unsigned i = 0; i < 3; i++) {
        wait_for_all_kinds('m', INSTANT_NEVER);
    }
    EXPECT_EQ(event_flags_value(&flags), 4);
    EXPECT_EQ(semaphore_count(&second_units), 0);
    wait_for_all_kinds('m', (instant_t){0});
    wait_for_all_kinds('m', (instant_t){50});
    EXPECT_EQ(hosted.now, 50);
    EXPECT_EQ(hosted.compare, UINT64_MAX);
    EXPECT_EQ(semaphore_close(&second_units), STATUS_OK);
    wait_for_all_kinds('m', INSTANT_NEVER);
}

TEST(the_first_of_the_list_that_has_something_is_told) {
    play(something_is_there);
    EXPECT_STRING(trace, "m1+m2+m3+mTmTm3C");
}

static void served_by_each(void *unused) {
    (void)unused;
    uint32_t message = 77;
    for (uint64_t i = 0; i < 6; i++) {
        spawn(i == 5 ? waits_for_10 : waits, letter_a, MAIN + 1);
        switch (i) {
        case 0:
        case 5:
            EXPECT_EQ(semaphore_give(&first_units), STATUS_OK);
            break;
        case 1:
            EXPECT_EQ(mailbox_try_send(&box, &message), STATUS_OK);
            break;
        case 2:
            EXPECT_EQ(event_flags_set(&flags, 4), STATUS_OK);
            EXPECT_EQ(event_flags_set(&flags, 2), STATUS_OK);
            break;
        case 3:
            EXPECT_EQ(semaphore_close(&second_units), STATUS_OK);
            EXPECT_EQ(semaphore_init(&second_units, 0, 1), STATUS_OK);
            break;
        case 4:
            EXPECT_EQ(mailbox_close(&box), STATUS_OK);
            EXPECT_EQ(mailbox_init(&box, box_storage, sizeof box_storage, 4, 2), STATUS_OK);
            break;
        }
        note('.');
        /* Nothing is left behind: what comes now stays. */
        EXPECT(prio_queue_is_empty(&first_units.waiters));
        EXPECT(prio_queue_is_empty(&box.receivers));
        EXPECT(prio_queue_is_empty(&flags.waiters[0]) && prio_queue_is_empty(&flags.waiters[1]));
    }
    EXPECT_EQ(hosted.compare, UINT64_MAX);
}

TEST(each_object_serves_it_and_it_leaves_the_others) {
    play(served_by_each);
    EXPECT_STRING(trace, "a0+.a1+.a2+.a3C.a1C.a0+.");
}

static void mixed_queue(void *unused) {
    (void)unused;
    spawn(takes, letter_a, 40);
    spawn(waits, letter_b, 41);
    spawn(takes, letter_c, 41);
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_EQ(semaphore_give(&first_units), STATUS_OK);
        note('.');
    }
}

TEST(places_stand_by_priority_among_those_who_wait_for_one) {
    play(mixed_queue);
    EXPECT_STRING(trace, "b0+.c0+.a0+.");
}

static void lower_waits(void *unused) {
    (void)unused;
    uint32_t message = 77;
    spawn(waits_for_10, letter_a, MAIN - 1);
    thread_sleep_ticks(5);
    EXPECT_EQ(mailbox_try_send(&box, &message), STATUS_OK); /* it is a's, which has not run */
    EXPECT_EQ(mailbox_count(&box), 0);
    EXPECT_EQ(semaphore_give(&first_units), STATUS_OK); /* and it has got something */
    EXPECT_EQ(semaphore_count(&first_units), 1);
    hosted_step(50); /* its deadline passes: that is no longer its business */
    note('.');
}

TEST(who_was_served_gets_no_more_and_does_not_time_out) {
    play(lower_waits);
    EXPECT_STRING(trace, ".a1+");
    EXPECT_EQ(semaphore_count(&first_units), 1);
}

static void times_out_late(void *unused) {
    (void)unused;
    struct thread_attributes high = at(MAIN + 2);
    thread_id_t id = spawn(waits_for_10, letter_a, MAIN + 1);
    EXPECT_EQ(thread_set_priority(thread_self(), high.priority), STATUS_OK);
    EXPECT_EQ(thread_set_priority(id, MAIN + 2), STATUS_OK);
    hosted_step(
        50); /* its time is up, and it is ready: what comes before it runs is still its own */
    EXPECT_EQ(semaphore_give(&second_units), STATUS_OK);
    EXPECT_EQ(semaphore_count(&second_units), 0);
    note('.');
}

TEST(what_comes_before_it_runs_again_is_no_timeout) {
    play(times_out_late);
    EXPECT_STRING(trace, ".a3+");
    EXPECT_EQ(semaphore_count(&second_units), 0);
}

/* --- Priorities -------------------------------------------------------------------------------- */

static void changes_priority(void *unused) {
    (void)unused;
    thread_id_t a = spawn(waits, letter_a, 40);
    spawn(takes, letter_b, 41);
    spawn(takes, letter_c, 42);
    EXPECT_EQ(thread_set_priority(a, 42), STATUS_OK);
    EXPECT_EQ(semaphore_give(&first_units), STATUS_OK);
    EXPECT_EQ(thread_set_priority(a, 41), STATUS_OK); /* behind b now */
    EXPECT_EQ(semaphore_give(&first_units), STATUS_OK);
    EXPECT_EQ(semaphore_give(&first_units), STATUS_OK);
}

TEST(places_follow_the_priority) {
    play(changes_priority);
    EXPECT_STRING(trace, "c0+b0+a0+");
}

static void owns_and_waits(void *argument) {
    EXPECT_EQ(mutex_lock(&lock), STATUS_OK);
    waits(argument);
    EXPECT_EQ(mutex_unlock(&lock), STATUS_OK);
    note('u');
}

static void locks(void *argument) {
    EXPECT_EQ(mutex_lock(&lock), STATUS_OK);
    note(*(const char *)argument);
    EXPECT_EQ(mutex_unlock(&lock), STATUS_OK);
}

static void inherits(void *unused) {
    (void)unused;
    spawn(owns_and_waits, letter_a, 40);
    spawn(takes, letter_b, 45);
    spawn(locks, letter_c, 50);
    EXPECT_EQ(semaphore_give(&first_units), STATUS_OK); /* a's, by what c lends it */
    EXPECT_EQ(semaphore_give(&first_units), STATUS_OK);
}

TEST(places_follow_what_is_lent) {
    play(inherits);
    EXPECT_STRING(trace, "a0+cub0+");
}

/* The deadline follows too: a thread between both levels does not keep it. */
static void retimes(void *unused) {
    (void)unused;
    thread_id_t id = spawn(waits_for_10, letter_a, MAIN - 1);
    thread_sleep_ticks(1);
    EXPECT_EQ(thread_set_priority(id, MAIN + 1), STATUS_OK);
    hosted_step(20);
    note('.');
}

TEST(the_deadline_follows_the_priority) {
    play(retimes);
    EXPECT_STRING(trace, "aT.");
}

/* --- Threads and moments ----------------------------------------------------------------------- */

static void ends(void *argument) {
    thread_sleep_ticks((uint64_t)(uintptr_t)argument);
    thread_exit(42);
}

static void joins(void *unused) {
    (void)unused;
    unsigned which = 9;
    thread_id_t one = spawn(ends, (void *)10, MAIN + 1);
    thread_id_t other = spawn(ends, (void *)5, MAIN - 1);
    struct wait_for list[] = {wait_for_unit(&first_units), wait_for_exit(one), wait_for_exit(other),
                              wait_for_exit(other)};
    EXPECT_EQ(wait_any(list, 4, &which), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(wait_any(list, 3, &which), STATUS_OK);
    EXPECT_EQ(which, 2);
    EXPECT_EQ(list[2].exit_code, 42);
    EXPECT_EQ(hosted.now, 5);
    EXPECT_EQ(thread_detach(one), STATUS_OK); /* nobody joins it any more */
    EXPECT_EQ(wait_any(list, 3, &which), STATUS_DETACHED);
    EXPECT_EQ(which, 1);
    list[1] = wait_for_exit(thread_self());
    EXPECT_EQ(wait_any(list, 3, &which), STATUS_DEADLOCK);
    list[1] = wait_for_exit(other);
    EXPECT_EQ(wait_any(list, 2, &which), STATUS_STALE);
    one = spawn(ends, (void *)10, MAIN + 1);
    list[1] = wait_for_exit(one);
    EXPECT_EQ(semaphore_give(&first_units), STATUS_OK);
    EXPECT_EQ(wait_any(list, 2, &which), STATUS_OK);
    EXPECT_EQ(which, 0);
    thread_sleep_ticks(50);
    EXPECT_EQ(wait_any(list, 2, &which), STATUS_OK); /* it had ended */
    EXPECT_EQ(which, 1);
    EXPECT_EQ(list[1].exit_code, 42);
    note('e');
}

TEST(the_end_of_a_thread_is_joined) {
    play(joins);
    EXPECT_STRING(trace, "e");
    EXPECT_EQ(thread_slots_free(), CONFIG_THREAD_SLOTS - 1); /* main, which nobody joined */
}

static void is_joined_by_main(void *unused) {
    (void)unused;
    unsigned which = 9;
    thread_id_t id = spawn(ends, (void *)20, MAIN - 1);
    struct wait_for list[] = {wait_for_exit(id)};
    EXPECT_EQ(wait_any_until(list, 1, (instant_t){10}, &which), STATUS_TIMED_OUT);
    EXPECT_EQ(thread_join(id, NULL), STATUS_OK); /* it has no other joiner */
    note('e');
}

TEST(a_wait_for_an_end_leaves_no_joiner) {
    play(is_joined_by_main);
    EXPECT_STRING(trace, "e");
}

static void moments(void *unused) {
    (void)unused;
    unsigned which = 9;
    struct wait_for list[] = {wait_for_unit(&first_units), wait_for_moment((instant_t){40}),
                              wait_for_moment((instant_t){30}), wait_for_moment((instant_t){30})};
    EXPECT_EQ(wait_any(list, 4, &which), STATUS_OK);
    EXPECT_EQ(which, 2);
    EXPECT_EQ(hosted.now, 30);
    EXPECT_EQ(wait_any_until(list, 2, (instant_t){40}, &which), STATUS_OK);
    EXPECT_EQ(which, 1);
    EXPECT_EQ(hosted.now, 40);
    EXPECT_EQ(wait_any(list, 4, &which), STATUS_OK); /* past ones too, in the order of the list */
    EXPECT_EQ(which, 1);
    list[1] = wait_for_moment((instant_t){100});
    EXPECT_EQ(wait_any_until(list, 2, (instant_t){60}, &which), STATUS_TIMED_OUT);
    EXPECT_EQ(hosted.now, 60);
    note('e');
}

TEST(a_moment_is_one_of_the_objects) {
    play(moments);
    EXPECT_STRING(trace, "e");
    EXPECT_EQ(hosted.compare, UINT64_MAX);
}

/* --- Somebody comes between -------------------------------------------------------------------- */

/* The line's handler runs at interrupt point number `strike_at` of a wait that has nothing else. */
static unsigned strike_at, points;
static status_t struck;

NO_CONTEXT_CHECK static void device_gives(void) {
    struck = semaphore_give_irq(&first_units);
}

static void strike(void) {
    hosted.line |= points++ == strike_at;
}

static void struck_wait(void *unused) {
    (void)unused;
    uint32_t message;
    unsigned which = 9;
    struct wait_for list[] = {wait_for_unit(&first_units), wait_for_message(&box, &message),
                              wait_for_unit(&second_units)};
    machine.device = device_gives;
    struck = STATUS_BUSY;
    points = 0;
    hosted.hooks.point = strike;
    status_t status = wait_any_until(list, 3, time_after(time_ticks(100)), &which);
    hosted.hooks.point = NULL;
    hosted_step(0);                  /* what is pending comes now */
    bool came = struck == STATUS_OK; /* not if the clock was first, at the same point */
    EXPECT_EQ(status == STATUS_OK, came && semaphore_count(&first_units) == 0);
    EXPECT(status == STATUS_OK ? which == 0 && hosted.now <= 100 : status == STATUS_TIMED_OUT);
    EXPECT(prio_queue_is_empty(&second_units.waiters) && prio_queue_is_empty(&box.receivers));
    note(status == STATUS_OK ? '+' : 'T');
    note(came ? 'c' : '-');
}

TEST(a_unit_given_at_any_point_is_the_waiters_or_is_kept) {
    unsigned served = 0;
    for (strike_at = 0; strike_at < 40; strike_at++) {
        play(struck_wait);
        EXPECT_EQ(trace_length, 2);
        served += trace[0] == '+';
    }
    EXPECT(served > 8 && served < 40);
}
