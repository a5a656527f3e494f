/* SPDX-License-Identifier: MIT */
/* Floating-point registers of threads: kept, closed for others, zero at first, limited. The
 * invariants look after each step that every area is free or somebody's. */
#include "kernel/sched/fp_area.h"

#include "tests/unit/kernel/scenario.h"

static thread_id_t spawn_fp(thread_entry entry, void *argument, uint8_t priority) {
    const struct thread_attributes attributes = {.priority = priority, .fp = true};
    thread_id_t id = THREAD_ID_NONE;
    EXPECT_EQ(thread_spawn(entry, argument, &attributes, &id), STATUS_OK);
    return id;
}

/* All registers of the running thread. */
static void registers_set(uint64_t value) {
    struct fp_state *registers = hosted_fp_registers();
    for (unsigned i = 0; i < ARRAY_SIZE(registers->vector); i++) {
        registers->vector[i] = value;
    }
    registers->control = registers->status = value;
}

static bool registers_are(uint64_t value) {
    const struct fp_state *registers = hosted_fp_registers();
    bool same = registers->control == value && registers->status == value;
    for (unsigned i = 0; i < ARRAY_SIZE(registers->vector); i++) {
        same = same && registers->vector[i] == value;
    }
    return same;
}

static void counts(void *argument) {
    uint64_t base = (uint64_t)(uintptr_t)argument;
    EXPECT(hosted_fp_registers() != NULL && registers_are(0));
    for (uint64_t i = 0; i < 5; i++) {
        registers_set(base + i);
        thread_yield();
        EXPECT(hosted_fp_registers() != NULL && registers_are(base + i));
    }
    note('r');
}

static void has_none(void *argument) {
    (void)argument;
    for (unsigned i = 0; i < 5; i++) {
        EXPECT(hosted_fp_registers() == NULL);
        thread_yield();
    }
    note('n');
}

static void two_with_and_two_without(void *argument) {
    (void)argument;
    spawn_fp(counts, (void *)(uintptr_t)1000, 10);
    spawn(has_none, NULL, 10);
    spawn_fp(counts, (void *)(uintptr_t)2000, 10);
    spawn(has_none, NULL, 10);
    EXPECT(hosted_fp_registers() == NULL);
}

TEST(each_thread_keeps_its_registers_and_others_have_none) {
    run(two_with_and_two_without);
    EXPECT_STRING(trace, "rnrn");
}

static void fills(void *argument) {
    (void)argument;
    registers_set(UINT64_MAX);
    note('f');
}

static void finds_zero(void *argument) {
    (void)argument;
    EXPECT(registers_are(0));
    note('z');
}

static void one_after_the_other(void *argument) {
    (void)argument;
    for (uint8_t priority = 10; priority < 63; priority += 40) { /* below this thread, and above */
        EXPECT_EQ(thread_join(spawn_fp(fills, NULL, priority), NULL), STATUS_OK);
        EXPECT_EQ(thread_join(spawn_fp(finds_zero, NULL, priority), NULL), STATUS_OK);
        thread_id_t filler = spawn_fp(fills, NULL, priority);
        thread_id_t finder = spawn_fp(finds_zero, NULL, priority);
        EXPECT_EQ(thread_join(filler, NULL), STATUS_OK);
        EXPECT_EQ(thread_join(finder, NULL), STATUS_OK);
        EXPECT(hosted_fp_registers() == NULL);
    }
}

TEST(a_new_thread_finds_nothing_of_an_old_one) {
    run(one_after_the_other);
    EXPECT_STRING(trace, "fzfzfzfz");
}

static void does_nothing(void *argument) {
    (void)argument;
}

static void more_than_there_is_room_for(void *argument) {
    (void)argument;
    const struct thread_attributes large = {.stack_size = CONFIG_STACK_SIZE_MAX, .fp = true};
    const struct thread_attributes plain = {.stack_size = CONFIG_STACK_SIZE_MAX};
    thread_id_t ids[CONFIG_FP_THREADS];
    thread_id_t more;
    for (unsigned i = 0; i < CONFIG_FP_THREADS; i++) {
        ids[i] = spawn_fp(does_nothing, NULL, 0);
    }
    uint32_t slots = thread_slots_free();
    for (unsigned i = 0; i < 10; i++) {
        EXPECT_EQ(thread_spawn(does_nothing, NULL, &large, &more), STATUS_NO_MEMORY);
    }
    EXPECT_EQ(thread_slots_free(), slots);
    EXPECT_EQ(thread_spawn(does_nothing, NULL, &plain, &more), STATUS_OK); /* the stack is there */
    EXPECT_EQ(thread_join(more, NULL), STATUS_OK);
    EXPECT_EQ(thread_join(ids[0], NULL), STATUS_OK);
    EXPECT_EQ(thread_spawn(does_nothing, NULL, &large, &more), STATUS_OK);
    EXPECT_EQ(thread_detach(more), STATUS_OK);
    note('m');
}

TEST(room_for_registers_is_limited_and_comes_back) {
    run(more_than_there_is_room_for);
    EXPECT_STRING(trace, "m");
}
