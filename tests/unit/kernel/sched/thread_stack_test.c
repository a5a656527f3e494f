/* SPDX-License-Identifier: MIT */
/* The pattern on a stack: painted before the thread begins, read by others, only of who asked. How
 * deep a thread of the host goes is the host's matter; that it is told is not. */
#include "tests/unit/kernel/scenario.h"

static thread_id_t spawn_measured(thread_entry entry, void *argument, uint8_t priority,
                                  uint64_t stack_size) {
    const struct thread_attributes attributes = {
        .priority = priority, .stack_size = stack_size, .measure_stack = true};
    thread_id_t id = THREAD_ID_NONE;
    EXPECT_EQ(thread_spawn(entry, argument, &attributes, &id), STATUS_OK);
    return id;
}

/* Writes where `argument` says, counted from the low end of its stack. */
static void writes_low(void *argument) {
    const struct stack *stack = arch_cpu_self()->current->stack;
    *(volatile uint8_t *)vaddr_pointer(vaddr_add(stack->low, (uint64_t)(uintptr_t)argument)) = 1;
    note('w');
    thread_sleep_ticks(100);
}

static void told(thread_id_t id, status_t status, uint64_t used, uint64_t size) {
    uint64_t is_used = 77;
    uint64_t is_size = 77;
    EXPECT_EQ(thread_stack_usage(id, &is_used, &is_size), status);
    EXPECT_EQ(is_used, status == STATUS_OK ? used : 77);
    EXPECT_EQ(is_size, status == STATUS_OK ? size : 77);
}

static void of_each_class(void *argument) {
    (void)argument;
    unsigned count;
    const struct stack_class *classes = stack_classes(&count);
    for (unsigned class = 0; class < count; class ++) {
        const uint64_t size = classes[class].size;
        static const uint64_t depths[] = {0, 7, 8, 24, 1000};
        for (unsigned i = 0; i < ARRAY_SIZE(depths); i++) {
            thread_id_t id =
                spawn_measured(writes_low, (void *)(uintptr_t)depths[i], 63, class == 0 ? 0 : size);
            told(id, STATUS_OK, size - depths[i] / 8 * 8, size);
            EXPECT_EQ(thread_join(id, NULL), STATUS_OK);
            told(id, STATUS_STALE, 0, 0);
        }
    }
}

TEST(the_deepest_word_is_told_in_stacks_of_every_class) {
    run(of_each_class);
}

static void ends(void *argument) {
    (void)argument;
    note('e');
}

static void of_others(void *argument) {
    (void)argument;
    told(spawn(ends, NULL, 0), STATUS_UNSUPPORTED, 0, 0);
    thread_id_t later = spawn_measured(ends, NULL, 0, 0);
    told(later, STATUS_OK, 0, CONFIG_STACK_BASE_SIZE);
    told(THREAD_ID_NONE, STATUS_STALE, 0, 0);
    EXPECT_EQ(thread_detach(later), STATUS_OK);
    note('d');
}

TEST(who_has_not_asked_or_not_begun) {
    run(of_others);
    EXPECT_STRING(trace, "dee");
}

static void reuses_the_slot(void *argument) {
    (void)argument;
    thread_id_t first = spawn_measured(writes_low, (void *)(uintptr_t)64, 63, 0);
    EXPECT_EQ(thread_join(first, NULL), STATUS_OK);
    thread_id_t second = spawn_measured(writes_low, (void *)(uintptr_t)800, 63, 0);
    EXPECT_EQ(second.index, first.index);
    told(second, STATUS_OK, CONFIG_STACK_BASE_SIZE - 800, CONFIG_STACK_BASE_SIZE);
    EXPECT_EQ(thread_join(second, NULL), STATUS_OK);
    thread_id_t plain = spawn(ends, NULL, 63);
    EXPECT_EQ(plain.index, first.index);
    told(plain, STATUS_UNSUPPORTED, 0, 0);
}

TEST(what_a_thread_before_left_is_painted_over) {
    run(reuses_the_slot);
    EXPECT_STRING(trace, "wwe");
}
