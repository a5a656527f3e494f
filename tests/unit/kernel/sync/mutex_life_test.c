/* SPDX-License-Identifier: MIT */
/* Closing mutexes, the end of threads that own some, and who comes by in the middle of a change. */
#include "kernel/sync/mutex.h"

#include "tests/unit/kernel/sync/mutex_scenario.h"

static struct part parts[8];

static void enter(unsigned number, struct part part) {
    parts[number] = part;
    part_enter(&parts[number]);
    thread_sleep_ticks(5);
}

/* --- Close --- */

static void close_with_waiters(void *unused) {
    (void)unused;
    enter(0, (struct part)PART('a', 10, "10Spabn"));
    enter(1, (struct part)PART('b', 20, "0"));
    enter(2, (struct part)PART('c', 40, "t0"));
    enter(3, (struct part)PART('d', 25, "2t1"));
    enter(4, (struct part)PART('e', 26, "2"));
    EXPECT_EQ(priority_of(parts[0].id), 40);
    EXPECT_EQ(mutex_close(&mutexes[0]), STATUS_OK);
    note('.');
    EXPECT_EQ(priority_of(parts[0].id), 26);
    EXPECT_EQ(mutex_close(&mutexes[0]), STATUS_CLOSED);
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_CLOSED);
    EXPECT_EQ(mutex_try_lock(&mutexes[0]), STATUS_CLOSED);
    EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_NOT_OWNER);
}

TEST(close_wakes_all_and_the_owner_goes_on) {
    mutexes_init();
    run(close_with_waiters);
    /* 'd' times out at 1, ends, and with it goes mutex 2, which 'e' has then */
    EXPECT_STRING(trace, "a1a0d2cC.bCd-e+Ka");
}

static void close_free(void *unused) {
    (void)unused;
    EXPECT_EQ(mutex_close(&mutexes[0]), STATUS_OK);
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_CLOSED);
    EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_NOT_OWNER);
    EXPECT_EQ(mutex_lock(&mutexes[1]), STATUS_OK);
    EXPECT_EQ(mutex_close(&mutexes[1]), STATUS_OK);
    EXPECT_EQ(mutex_unlock(&mutexes[1]), STATUS_OK);
    EXPECT_EQ(mutex_lock(&mutexes[1]), STATUS_CLOSED);
    note('e');
}

TEST(a_closed_mutex_is_not_locked_any_more) {
    mutexes_init();
    run(close_free);
    EXPECT_STRING(trace, "e");
}

/* The owner unlocks while its mutex is being closed: nobody gets it any more. */
static bool closing;

static void unlock_while_closing(void *unused) {
    (void)unused;
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OK);
    thread_sleep_until((instant_t){1000});
    EXPECT(closing && !turnstile_is_empty(&mutexes[0].turnstile));
    EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_OK);
    note('u');
}

static void jump_while_closing(void) {
    if (closing && mutexes[0].closed && hosted.now < 1000) {
        hosted.now = 1000;
    }
}

static void close_intruded(void *unused) {
    (void)unused;
    spawn(unlock_while_closing, NULL, 60);
    enter(0, (struct part)PART('a', 20, "0"));
    enter(1, (struct part)PART('b', 21, "t0"));
    hosted.hooks.point = jump_while_closing;
    closing = true;
    EXPECT_EQ(mutex_close(&mutexes[0]), STATUS_OK);
    closing = false;
    hosted.hooks.point = NULL;
    note('.');
}

TEST(an_unlock_while_closing_gives_the_mutex_to_nobody) {
    mutexes_init();
    run(close_intruded);
    EXPECT_STRING(trace, "u.bCaC");
}

/* --- The end of an owner --- */

static void owner_ends(void *script) {
    enter(0, (struct part)PART('a', 10, script));
    enter(1, (struct part)PART('b', 20, "0spa"));
    enter(2, (struct part)PART('c', 30, "0a"));
    enter(3, (struct part)PART('d', 25, "1b"));
    note('.');
    thread_sleep_ticks(2000);
    EXPECT_EQ(mutex_lock(&mutexes[2]), STATUS_OWNER_DIED);
    EXPECT_EQ(mutex_unlock(&mutexes[2]), STATUS_OK);
    EXPECT_EQ(mutex_lock(&mutexes[2]), STATUS_OK);
}

static void owner_exits(void *unused) {
    (void)unused;
    static char script[] = "012Sx";
    owner_ends(script);
}

static void owner_faults(void *unused) {
    (void)unused;
    static char script[] = "012SF";
    owner_ends(script);
}

TEST(the_next_owner_is_told_that_the_one_before_ended) {
    mutexes_init();
    run(owner_exits);
    EXPECT_STRING(trace, "a0a1a2.c+d+b0U");
    mutexes_init();
    run(owner_faults);
    EXPECT_STRING(trace, "a0a1a2.c+d+b0U");
}

/* Ended, and joined or not: an id is enough to know. */
static void ends_with_mutexes(void *detached) {
    const struct thread_attributes attributes = {.priority = 40, .detached = detached != NULL};
    thread_id_t id;
    static struct part part = PART('a', 40, "0");
    EXPECT_EQ(thread_spawn(part_main, &part, &attributes, &id), STATUS_OK);
    EXPECT_EQ(mutex_try_lock(&mutexes[0]), STATUS_OWNER_DIED);
    EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_OK);
    if (detached == NULL) {
        part.script = "0";
        EXPECT_EQ(thread_join(id, NULL), STATUS_OK);
        EXPECT_EQ(thread_spawn(part_main, &part, &attributes, &id), STATUS_OK);
        EXPECT_EQ(thread_join(id, NULL), STATUS_OK);
        spawn(part_main, &part, 5); /* the slot lives again */
        EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OWNER_DIED);
        EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_OK);
    }
}

static void ends_in_all_ways(void *unused) {
    (void)unused;
    ends_with_mutexes(NULL);
    ends_with_mutexes(&parts);
}

TEST(an_owner_that_ended_is_recognised_whatever_became_of_its_slot) {
    mutexes_init();
    run(ends_in_all_ways);
    EXPECT_STRING(trace, "a0a0a0a0");
}

/* The one waiter gave up: nobody waits when the owner ends. */
static void waiter_gave_up(void *unused) {
    (void)unused;
    enter(0, (struct part)PART('a', 10, "0Sx"));
    enter(1, (struct part)PART('b', 20, "t0"));
    thread_sleep_ticks(2000);
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OWNER_DIED);
}

TEST(an_owner_whose_waiter_gave_up_is_recognised_too) {
    mutexes_init();
    run(waiter_gave_up);
    EXPECT_STRING(trace, "a0b-");
}

/* It lends its owner a ceiling, so it is given away; to nobody, but who comes next is told. */
static void ceiling_waits_for_nobody(void *unused) {
    (void)unused;
    const struct mutex_attributes attributes = {.has_ceiling = true, .ceiling = 45};
    EXPECT_EQ(mutex_init(&mutexes[0], &attributes), STATUS_OK);
    enter(0, (struct part)PART('a', 10, "0x"));
    EXPECT_EQ(thread_set_priority(thread_self(), 45), STATUS_OK);
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OWNER_DIED);
    EXPECT_EQ(mutex_unlock(&mutexes[0]), STATUS_OK);
    EXPECT_EQ(mutex_lock(&mutexes[0]), STATUS_OK);
}

TEST(the_next_owner_of_a_ceiling_is_told_though_nobody_waited) {
    mutexes_init();
    run(ceiling_waits_for_nobody);
    EXPECT_STRING(trace, "a0");
}

/* While the owner hands over one mutex, somebody comes for another that nobody waited for: it need
 * not wait for it to be handed over, too. */
static thread_id_t ending_id;

static void comes_while_ending(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){5000});
    EXPECT(thread_slots[ending_id.index].rank.ending);
    EXPECT_EQ(mutex_try_lock(&mutexes[1]), STATUS_OWNER_DIED);
    EXPECT_EQ(mutex_try_lock(&mutexes[0]), STATUS_WOULD_BLOCK);
    note('!');
}

static void jump_while_ending(void) {
    if (thread_slots[ending_id.index].rank.ending && hosted.now < 5000) {
        hosted.now = 5000;
    }
}

static void ends_interrupted(void *unused) {
    (void)unused;
    enter(0, (struct part)PART('a', 10, "01Sx"));
    enter(1, (struct part)PART('b', 20, "0a"));
    ending_id = parts[0].id;
    spawn(comes_while_ending, NULL, 50);
    hosted.hooks.point = jump_while_ending;
}

TEST(what_nobody_waited_for_is_free_as_soon_as_its_owner_is_ending) {
    mutexes_init();
    run(ends_interrupted);
    EXPECT_STRING(trace, "a0a1!b+");
}

/* --- In the middle --- */

/* What happens at each of the interrupt points of a call, one after the other. */
static unsigned points, point_of_fault;
static bool counts, faulted;

static void fault_at_point(void) {
    if (counts && thread_self().index == parts[2].id.index && points++ == point_of_fault) {
        counts = false;
        faulted = true;
        hosted_fault(&(struct fault){.address = 1});
    }
}

static void enter_chain(void) {
    enter(0, (struct part)PART('a', 10, "0Spap"));
    enter(1, (struct part)PART('b', 11, "10ab"));
    points = 0;
    hosted.hooks.point = fault_at_point;
}

static void fault_in_lock(void *unused) {
    (void)unused;
    enter_chain();
    counts = true;
    enter(2, (struct part)PART('c', 30, "1b"));
    counts = false;
    hosted.hooks.point = NULL;
}

/* It faults at every point of its call; whatever was half done is done, and all others go on. */
TEST(a_thread_may_fault_anywhere_in_a_call) {
    point_of_fault = 0;
    do {
        mutexes_init();
        faulted = false;
        run(fault_in_lock);
        EXPECT(strncmp(trace, "a0b1", 4) == 0);
        EXPECT(strstr(trace, "b0") != NULL && trace[trace_length - 1] == 'K');
        point_of_fault++;
    } while (faulted);
    EXPECT(point_of_fault > 6);
}

/* A change by a thread of low priority that a middle one interrupts: whom it is to raise is not to
 * wait for the middle one. */
static void raises(void *unused) {
    (void)unused;
    EXPECT_EQ(thread_set_priority(parts[2].id, 40), STATUS_OK);
    note('r');
}

static void comes_between(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){500});
    EXPECT(arch_cpu_self()->settling == NULL);
    note('m');
}

static void jump_while_settling(void) {
    if (arch_cpu_self()->settling != NULL && hosted.now < 500) {
        hosted.now = 500;
    }
}

static void raise_interrupted(void *unused) {
    (void)unused;
    enter(0, (struct part)PART('a', 3, "0Sapn"));
    enter(1, (struct part)PART('b', 3, "10ab"));
    enter(2, (struct part)PART('c', 3, "1bn"));
    spawn(comes_between, NULL, 20);
    thread_sleep_ticks(10);
    hosted.hooks.point = jump_while_settling;
    spawn(raises, NULL, 5);
    thread_sleep_ticks(2000);
}

TEST(who_settles_a_change_has_the_priority_that_it_is_about) {
    mutexes_init();
    run(raise_interrupted);
    EXPECT_EQ(hosted.now >= 500, true);
    EXPECT_STRING(trace, "a0b1mrb0c1cDa");
}

static void closes_low(void *unused) {
    (void)unused;
    EXPECT_EQ(mutex_close(&mutexes[1]), STATUS_OK);
    note('.');
}

static void close_interrupted(void *unused) {
    (void)unused;
    enter(0, (struct part)PART('a', 3, "0Sap"));
    enter(1, (struct part)PART('b', 3, "10ab"));
    enter(2, (struct part)PART('c', 30, "1"));
    spawn(comes_between, NULL, 20);
    thread_sleep_ticks(10);
    hosted.hooks.point = jump_while_settling;
    spawn(closes_low, NULL, 5);
    thread_sleep_ticks(2000);
}

TEST(who_closes_takes_back_what_was_lent_before_anybody_lower_runs) {
    mutexes_init();
    run(close_interrupted);
    EXPECT_STRING(trace, "a0b1cCm.Db0");
}

/* A higher one comes in the middle and changes the same chain: it finishes what was begun first. */
static void comes_to_lock(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){500});
    EXPECT(arch_cpu_self()->settling != NULL);
    EXPECT_EQ(mutex_lock_until(&mutexes[1], (instant_t){600}), STATUS_TIMED_OUT);
    EXPECT(arch_cpu_self()->settling == NULL);
    note('q');
}

static void help_out(void *unused) {
    (void)unused;
    enter(0, (struct part)PART('a', 3, "0Sap"));
    enter(1, (struct part)PART('b', 3, "10abp"));
    enter(2, (struct part)PART('c', 3, "21bc"));
    spawn(comes_to_lock, NULL, 50);
    thread_sleep_ticks(10);
    hosted.hooks.point = jump_while_settling;
    enter(3, (struct part)PART('d', 30, "2cp"));
    hosted.hooks.point = NULL;
    thread_sleep_ticks(200);
    EXPECT_EQ(priority_of(parts[0].id), 30);
}

TEST(who_interrupts_a_change_and_makes_another_finishes_the_first) {
    mutexes_init();
    run(help_out);
    EXPECT_STRING(trace, "a0b1c2qb0c1d2_DD");
}
