/* SPDX-License-Identifier: MIT */
/*
 * Tests of another number of thread slots, which whoever includes this has defined as
 * CONFIG_THREAD_SLOTS.
 */
#ifndef TESTS_UNIT_KERNEL_SCHED_THREAD_SLOTS_H
#define TESTS_UNIT_KERNEL_SCHED_THREAD_SLOTS_H

#include "tests/unit/kernel/own_kernel.h"

#define OTHERS (CONFIG_THREAD_SLOTS - 1) /* besides the first thread */

static thread_id_t ids[CONFIG_THREAD_SLOTS];
static uint64_t counted;

/* All invariants take a look at every slot: not after every single stretch. */
static void check_now_and_then(const struct hosted_stretch *stretch, const struct frame *next) {
    static unsigned stretches;
    if (stretches++ % (1 + CONFIG_THREAD_SLOTS / 64) == 0) {
        machine_check(stretch, next);
    }
}

static void play(thread_entry entry) {
    trace_length = 0;
    trace[0] = '\0';
    counted = 0;
    machine_reset();
    machine.hooks.end = check_now_and_then;
    machine_run(entry, NULL, NULL);
}

static void exit_with(void *argument) {
    thread_exit((int64_t)(uintptr_t)argument);
}

static void fill_and_join(void *unused) {
    (void)unused;
    struct thread_attributes attributes = at(1);
    for (int round = 0; round < 2; round++) {
        EXPECT_EQ(thread_slots_free(), OTHERS);
        for (uintptr_t i = 0; i < OTHERS; i++) {
            EXPECT_EQ(thread_spawn(exit_with, (void *)i, &attributes, &ids[i]), STATUS_OK);
        }
        EXPECT_EQ(thread_spawn(exit_with, NULL, &attributes, NULL), STATUS_NO_SLOT);
        for (uint32_t i = 0; i < OTHERS; i++) {
            int64_t code = -1;
            EXPECT_EQ(thread_join(ids[i], &code), STATUS_OK);
            EXPECT_EQ(code, i);
            EXPECT_EQ(thread_join(ids[i], &code), STATUS_STALE);
        }
    }
    note('e');
}

TEST(all_slots_live_at_once_and_come_back) {
    play(fill_and_join);
    EXPECT_STRING(trace, "e");
    EXPECT_EQ(thread_slots_total(), CONFIG_THREAD_SLOTS);
}

static uint64_t last_wake;

static void sleep_until_argument(void *argument) {
    thread_sleep_until((instant_t){(uintptr_t)argument});
    EXPECT_EQ(hosted.now, (uintptr_t)argument);
    EXPECT(hosted.now >= last_wake);
    last_wake = hosted.now;
    counted++;
}

static void all_sleep(void *unused) {
    (void)unused;
    struct random random = test_random();
    struct thread_attributes attributes = {.priority = 40, .detached = true};
    last_wake = 0;
    for (int i = 0; i < OTHERS; i++) {
        uintptr_t moment = (uintptr_t)random_between(&random, 1, CONFIG_THREAD_SLOTS);
        EXPECT_EQ(thread_spawn(sleep_until_argument, (void *)moment, &attributes, NULL), STATUS_OK);
    }
}

TEST(all_threads_sleep_and_each_wakes_at_its_moment) {
    play(all_sleep);
    EXPECT_EQ(counted, OTHERS);
    EXPECT(cpu_areas[0].cpu.timer_interrupts >= OTHERS);
}

static struct mailbox box;
static uint64_t box_storage[1];

/* Its message is the number of its turn. */
static void receive_in_turn(void *argument) {
    uint64_t message = 0;
    EXPECT_EQ(mailbox_receive_until(&box, &message, INSTANT_NEVER), STATUS_OK);
    EXPECT_EQ(message, (uintptr_t)argument);
    counted++;
}

static void all_wait(void *unused) {
    (void)unused;
    struct thread_attributes attributes = {.priority = 40, .detached = true};
    EXPECT_EQ(mailbox_init(&box, box_storage, sizeof(box_storage), sizeof(uint64_t), 1), STATUS_OK);
    for (uintptr_t i = 0; i < OTHERS; i++) {
        EXPECT_EQ(thread_spawn(receive_in_turn, (void *)i, &attributes, NULL), STATUS_OK);
    }
    EXPECT_EQ(counted, 0);
    for (uint64_t i = 0; i < OTHERS; i++) {
        EXPECT_EQ(mailbox_try_send(&box, &i), STATUS_OK);
        EXPECT_EQ(counted, i + 1);
    }
}

TEST(all_threads_wait_for_one_mailbox_and_are_served_in_order) {
    play(all_wait);
    EXPECT_EQ(counted, OTHERS);
}

#endif
