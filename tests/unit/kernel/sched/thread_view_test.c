/* SPDX-License-Identifier: MIT */
/* Looking at threads: each state, names of every length, and who is not there. */
#include "kernel/sched/thread_view.h"

#include "kernel/sched/cpu_time.h"
#include "tests/unit/kernel/scenario.h"

#define MAIN CONFIG_MAIN_PRIORITY

static struct thread_view view_of(thread_id_t id) {
    struct thread_view view = {.name = "?"};
    EXPECT_EQ(thread_view_of(id.index, &view), STATUS_OK);
    EXPECT_EQ(view.id.index, id.index);
    EXPECT_EQ(view.id.generation, id.generation);
    return view;
}

static void ends(void *unused) {
    (void)unused;
}

static void sleeps(void *unused) {
    (void)unused;
    hosted_step(40);
    thread_sleep_ticks(1000);
}

static void joins(void *argument) {
    (void)!thread_join(*(thread_id_t *)argument, NULL);
}

static void looks_at_each(void *unused) {
    (void)unused;
    thread_id_t ready = spawn(ends, NULL, MAIN - 1);
    thread_id_t suspended = spawn(ends, NULL, MAIN - 1);
    thread_id_t sleeper = spawn(sleeps, NULL, MAIN + 2);
    thread_id_t waiter = spawn(joins, &ready, MAIN + 1);
    thread_id_t ended = spawn(ends, NULL, MAIN + 1);
    EXPECT_EQ(thread_suspend(suspended), STATUS_OK);
    EXPECT_EQ(view_of(thread_self()).state, THREAD_VIEW_RUNS);
    EXPECT_EQ(view_of(ready).state, THREAD_VIEW_READY);
    EXPECT_EQ(view_of(suspended).state, THREAD_VIEW_SUSPENDED);
    EXPECT_EQ(view_of(sleeper).state, THREAD_VIEW_WAITS_TIME);
    EXPECT_EQ(view_of(waiter).state, THREAD_VIEW_WAITS);
    EXPECT_EQ(view_of(ended).state, THREAD_VIEW_ENDED);
    EXPECT_EQ(view_of(sleeper).priority, MAIN + 2);
    EXPECT_EQ(view_of(sleeper).base_priority, MAIN + 2);
    EXPECT_EQ(thread_resume(suspended), STATUS_OK);
    EXPECT_EQ(thread_join(ended, NULL), STATUS_OK);
}

TEST(each_state_is_told) {
    run(looks_at_each);
}

static void looks_where_nobody_is(void *unused) {
    (void)unused;
    struct thread_view view = {.priority = 99};
    thread_id_t gone = spawn(ends, NULL, MAIN + 1);
    EXPECT_EQ(thread_join(gone, NULL), STATUS_OK);
    EXPECT_EQ(thread_view_of(gone.index, &view), STATUS_NOT_FOUND);
    EXPECT_EQ(thread_view_of(thread_slots_total() - 1, &view), STATUS_NOT_FOUND);
    EXPECT_EQ(thread_view_of(thread_slots_total(), &view), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(thread_view_of(UINT32_MAX, &view), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(view.priority, 99);
}

TEST(who_is_not_there_is_not_told) {
    run(looks_where_nobody_is);
}

static void looks_at_times(void *unused) {
    (void)unused;
    thread_id_t self = thread_self();
    EXPECT(!view_of(self).is_counted);
    EXPECT_EQ(view_of(self).ran.ticks, 0);
    EXPECT_EQ(thread_count_time(self), STATUS_OK);
    hosted_step(30);
    EXPECT(view_of(self).is_counted);
    EXPECT_EQ(view_of(self).ran.ticks, 30);
}

TEST(time_is_told_of_who_is_counted) {
    run(looks_at_times);
}

static void looks_at_names(void *unused) {
    (void)unused;
    static const char text[] = "abcdefghijklmnopqrstuvwxyz";
    for (unsigned length = 0; length < sizeof(text); length++) {
        const struct thread_attributes attributes = {.name = text + sizeof(text) - 1 - length};
        thread_id_t id;
        EXPECT_EQ(thread_spawn(ends, NULL, &attributes, &id), STATUS_OK);
        const struct thread_view view = view_of(id);
        const unsigned shown = length < THREAD_VIEW_NAME ? length : THREAD_VIEW_NAME - 1;
        EXPECT_EQ(strlen(view.name), shown);
        EXPECT_EQ(memcmp(view.name, attributes.name, shown), 0);
        EXPECT_EQ(thread_join(id, NULL), STATUS_OK);
    }
    thread_id_t nameless;
    EXPECT_EQ(thread_spawn(ends, NULL, NULL, &nameless), STATUS_OK);
    EXPECT_EQ(strcmp(view_of(nameless).name, "thread"), 0);
}

TEST(a_name_is_copied_and_cut_off) {
    run(looks_at_names);
}
