/* SPDX-License-Identifier: MIT */
/* Who is told of misses: at once or later, in order, summed up, and who is no more. */
#include "kernel/sync/miss_box.h"

#include "tests/unit/kernel/scenario.h"

#define MAIN CONFIG_MAIN_PRIORITY

static struct miss_box box;
static thread_id_t workers[3];
static struct deadline_miss told;

static void play(thread_entry entry) {
    EXPECT_EQ(miss_box_init(&box), STATUS_OK);
    run(entry);
}

/* One job for each argument, as long as its period is, at which it misses. */
static void works(void *argument) {
    uint64_t jobs = *(uint64_t *)argument;
    const struct periodic_attributes attributes = {
        .first = {1000}, .period = {1000}, .deadline = {100}, .tells = &box};
    EXPECT_EQ(periodic_begin(&attributes), STATUS_OK);
    for (uint64_t i = 0; i < jobs; i++) {
        EXPECT_EQ(periodic_wait(NULL), STATUS_OK);
        hosted_step(200);
    }
    EXPECT_EQ(periodic_wait(NULL), STATUS_OK);
    note('d');
}

static char name_of(thread_id_t id) {
    for (unsigned i = 0; i < ARRAY_SIZE(workers); i++) {
        if (workers[i].index == id.index && workers[i].generation == id.generation) {
            return (char)('a' + i);
        }
    }
    return '?';
}

static void handles(void *argument) {
    (void)argument;
    status_t status;
    while ((status = miss_box_wait(&box, &told)) == STATUS_OK) {
        note(name_of(told.thread));
        EXPECT_EQ(told.count, 1);
        EXPECT_EQ(told.running.index, told.thread.index); /* it ran, too long */
        EXPECT(time_now().ticks >= told.deadline.ticks);
        EXPECT(time_now().ticks < told.deadline.ticks + 50);
    }
    note(status == STATUS_CLOSED ? 'C' : '?');
}

static void at_once(void *unused) {
    (void)unused;
    uint64_t jobs = 2;
    spawn(handles, NULL, MAIN + 2);
    workers[0] = spawn(works, &jobs, MAIN - 1);
    thread_sleep_until((instant_t){5000});
    EXPECT_EQ(told.deadline.ticks, 2100);
    EXPECT_EQ(miss_box_close(&box), STATUS_OK);
    EXPECT_EQ(miss_box_close(&box), STATUS_CLOSED);
    EXPECT_EQ(miss_box_wait(&box, &told), STATUS_CLOSED);
    note('e');
}

TEST(who_waits_is_told_at_the_moment) {
    EXPECT_EQ(miss_box_init(NULL), STATUS_INVALID_ARGUMENT);
    play(at_once);
    EXPECT_STRING(trace, "aadCe");
}

static void expect(char name, uint64_t deadline, uint64_t count) {
    EXPECT_EQ(miss_box_try_wait(&box, &told), STATUS_OK);
    EXPECT_EQ(name_of(told.thread), name);
    EXPECT_EQ(told.deadline.ticks, deadline);
    EXPECT_EQ(told.count, count);
}

static void later(void *unused) {
    (void)unused;
    uint64_t jobs[] = {2, 1, 1};
    for (unsigned i = 0; i < 3; i++) {
        workers[i] = spawn(works, &jobs[i], (uint8_t)(MAIN - 1 - i));
    }
    thread_sleep_until((instant_t){3050});
    /* a missed first, then b while it waited for a, then c; and each the next deadline, too. */
    expect('a', 2100, 2);
    expect('b', 2100, 2);
    expect('c', 2100, 2);
    EXPECT_EQ(miss_box_try_wait(&box, &told), STATUS_WOULD_BLOCK);
    note('e');
}

TEST(who_comes_later_is_told_of_all_oldest_first) {
    play(later);
    EXPECT_STRING(trace, "ddde");
}

static void gone(void *unused) {
    (void)unused;
    uint64_t jobs = 1;
    workers[0] = spawn(works, &jobs, MAIN + 1);
    thread_sleep_until((instant_t){2500});
    expect('a', 1100, 1); /* ended, not joined: its id is good */
    EXPECT_EQ(thread_join(workers[0], NULL), STATUS_OK);
    workers[0] = spawn(works, &jobs, MAIN + 1); /* late: misses at once, and then ends */
    thread_sleep_until((instant_t){5000});
    EXPECT_EQ(thread_join(workers[0], NULL), STATUS_OK);
    expect('a', 2100, 1); /* of the job that began late; it ended in time for the last one */
    workers[1] = spawn(works, &jobs, MAIN + 1);
    thread_sleep_until((instant_t){8000});
    EXPECT_EQ(thread_join(workers[1], NULL), STATUS_OK);
    workers[2] = spawn(works, &jobs, MAIN - 1); /* takes what that one had: nobody is told of b */
    thread_sleep_until((instant_t){8050});
    EXPECT_EQ(miss_box_try_wait(&box, &told), STATUS_WOULD_BLOCK);
    note('e');
}

TEST(who_is_gone_is_told_of_until_its_record_is_anothers) {
    play(gone);
    EXPECT_STRING(trace, "ddded");
}

static void waits_once(void *argument) {
    (void)argument;
    note(miss_box_wait(&box, &told) == STATUS_OK ? name_of(told.thread) : 'C');
}

static void several(void *unused) {
    (void)unused;
    uint64_t jobs = 1;
    spawn(waits_once, NULL, MAIN + 1);
    spawn(waits_once, NULL, MAIN + 2);
    workers[0] = spawn(works, &jobs, MAIN - 1);
    thread_sleep_until((instant_t){1300});
    note('.'); /* the higher one was told */
    EXPECT_EQ(miss_box_close(&box), STATUS_OK);
    note('.');
}

TEST(the_most_urgent_waiter_is_told) {
    play(several);
    EXPECT_STRING(trace, "a.C.d");
}

static void closed(void *unused) {
    (void)unused;
    uint64_t jobs = 1;
    workers[0] = spawn(works, &jobs, MAIN + 1);
    EXPECT_EQ(miss_box_close(&box), STATUS_OK);
    thread_sleep_until((instant_t){1900});
    struct periodic_state state;
    EXPECT_EQ(periodic_state(workers[0], &state), STATUS_OK);
    EXPECT_EQ(state.misses, 1); /* counted all the same */
    EXPECT(list_is_empty(&box.untold));
    note('e');
}

TEST(a_closed_box_keeps_nothing) {
    play(closed);
    EXPECT_STRING(trace, "ed");
}
