/* SPDX-License-Identifier: MIT */
/* Counting the time of threads and of idle, to the tick. */
#include "kernel/sched/cpu_time.h"

#include "tests/unit/kernel/scenario.h"

#define MAIN CONFIG_MAIN_PRIORITY

static uint64_t time_of(thread_id_t id) {
    duration_t ran = {12345};
    EXPECT_EQ(thread_cpu_time(id, &ran), STATUS_OK);
    return ran.ticks;
}

static uint64_t idle_time(void) {
    duration_t idle = {12345};
    EXPECT_EQ(cpu_idle_time(&idle), STATUS_OK);
    return idle.ticks;
}

static void works_50_and_sleeps(void *unused) {
    (void)unused;
    hosted_step(50);
    thread_sleep_ticks(1000);
    hosted_step(7);
}

static void nobody_counts(void *unused) {
    (void)unused;
    duration_t ran = {12345};
    EXPECT_EQ(thread_cpu_time(thread_self(), &ran), STATUS_UNSUPPORTED);
    EXPECT_EQ(thread_cpu_time(THREAD_ID_NONE, &ran), STATUS_STALE);
    EXPECT_EQ(thread_count_time(THREAD_ID_NONE), STATUS_STALE);
    EXPECT_EQ(cpu_idle_time(&ran), STATUS_UNSUPPORTED);
    struct cpu_load window;
    unsigned load = 12345;
    cpu_load_begin(&window);
    EXPECT_EQ(cpu_load(&window, &load), STATUS_UNSUPPORTED);
    EXPECT_EQ(ran.ticks, 12345);
    EXPECT_EQ(load, 12345);
}

TEST(nothing_is_told_of_who_is_not_counted) {
    run(nobody_counts);
}

static void counts_itself(void *unused) {
    (void)unused;
    hosted_step(100);
    EXPECT_EQ(thread_count_time(thread_self()), STATUS_OK);
    EXPECT_EQ(time_of(thread_self()), 0);
    hosted_step(30);
    EXPECT_EQ(time_of(thread_self()), 30);
    EXPECT_EQ(thread_count_time(thread_self()), STATUS_OK); /* which changes nothing */
    thread_sleep_ticks(500);
    EXPECT_EQ(time_of(thread_self()), 30);
    hosted_step(5);
    EXPECT_EQ(time_of(thread_self()), 35);
}

TEST(a_thread_is_counted_from_when_it_is_asked_for_and_only_while_it_runs) {
    run(counts_itself);
}

static void counts_another(void *unused) {
    (void)unused;
    thread_id_t other = spawn(works_50_and_sleeps, NULL, MAIN - 1);
    EXPECT_EQ(thread_count_time(other), STATUS_OK);
    EXPECT_EQ(time_of(other), 0);
    hosted_step(10);
    EXPECT_EQ(time_of(other), 0);
    thread_sleep_ticks(20); /* it runs meanwhile, and is preempted */
    EXPECT_EQ(time_of(other), 20);
    thread_sleep_ticks(2000);
    EXPECT_EQ(time_of(other), 57); /* it has ended, but is not joined */
    EXPECT_EQ(thread_join(other, NULL), STATUS_OK);
    duration_t ran;
    EXPECT_EQ(thread_cpu_time(other, &ran), STATUS_STALE);
}

TEST(a_preempted_thread_is_not_counted_and_an_ended_one_keeps_its_count) {
    run(counts_another);
}

static void slot_again(void *unused) {
    (void)unused;
    thread_id_t first = spawn(works_50_and_sleeps, NULL, MAIN + 1);
    EXPECT_EQ(thread_count_time(first), STATUS_OK);
    EXPECT_EQ(thread_join(first, NULL), STATUS_OK);
    thread_id_t second = spawn(works_50_and_sleeps, NULL, MAIN + 1);
    EXPECT_EQ(second.index, first.index);
    duration_t ran;
    EXPECT_EQ(thread_cpu_time(second, &ran), STATUS_UNSUPPORTED);
    EXPECT_EQ(thread_count_time(second), STATUS_OK);
    EXPECT_EQ(time_of(second), 0);
    EXPECT_EQ(thread_join(second, NULL), STATUS_OK);
}

TEST(who_gets_the_slot_of_a_counted_thread_is_not_counted) {
    run(slot_again);
}

#define WORKERS 4
static thread_id_t workers[WORKERS];

static void works_in_pieces(void *argument) {
    const uint64_t piece = *(const uint64_t *)argument;
    for (unsigned i = 0; i < 20; i++) {
        hosted_step(piece);
        thread_sleep_ticks(piece * 3);
    }
}

static uint64_t pieces[WORKERS] = {7, 11, 13, 50};

static void all_is_counted(void *unused) {
    (void)unused;
    cpu_count_idle();
    EXPECT_EQ(thread_count_time(thread_self()), STATUS_OK);
    uint64_t begin = hosted.now;
    for (unsigned i = 0; i < WORKERS; i++) {
        struct thread_attributes attributes = {
            .priority = (uint8_t)(MAIN + 1 + i % 2),
            .policy = i % 2 ? THREAD_ROUND_ROBIN : THREAD_FIFO,
        };
        EXPECT_EQ(thread_spawn(works_in_pieces, &pieces[i], &attributes, &workers[i]), STATUS_OK);
        /* It has run its first piece: until here nobody counted it. */
        begin += pieces[i];
        EXPECT_EQ(thread_count_time(workers[i]), STATUS_OK);
    }
    for (unsigned i = 0; i < 400; i++) {
        hosted_step(3);
        thread_sleep_ticks(i % 17);
        uint64_t sum = time_of(thread_self()) + idle_time();
        for (unsigned j = 0; j < WORKERS; j++) {
            sum += time_of(workers[j]);
        }
        EXPECT_EQ(sum, hosted.now - begin);
    }
    EXPECT(idle_time() != 0);
}

TEST(the_counts_of_all_threads_and_of_idle_are_the_time_that_has_passed) {
    run(all_is_counted);
}

static void loads(void *unused) {
    (void)unused;
    cpu_count_idle();
    struct cpu_load window;
    unsigned load = 12345;
    cpu_load_begin(&window);
    EXPECT_EQ(cpu_load(&window, &load), STATUS_OK); /* of no time at all */
    EXPECT_EQ(load, 0);
    hosted_step(1000);
    EXPECT_EQ(cpu_load(&window, &load), STATUS_OK);
    EXPECT_EQ(load, 1000);
    thread_sleep_ticks(3000);
    EXPECT_EQ(cpu_load(&window, &load), STATUS_OK);
    EXPECT_EQ(load, 250);
    struct cpu_load later;
    cpu_load_begin(&later);
    thread_sleep_ticks(UINT64_C(1) << 60);
    hosted_step(UINT64_C(1) << 58);
    EXPECT_EQ(cpu_load(&later, &load), STATUS_OK);
    EXPECT_EQ(load, 200);
}

TEST(a_load_is_of_its_window_in_thousandths) {
    run(loads);
}
