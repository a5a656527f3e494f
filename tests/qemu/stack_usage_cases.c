/* SPDX-License-Identifier: MIT */
/* How deep a stack was used: told of threads that run, wait and have ended, of their own use and not
 * of who had the stack before. */
#include "kernel/sched/thread_internal.h"
#include "tests/qemu/groups.h"

#define MAIN  CONFIG_MAIN_PRIORITY
#define SLACK 400 /* bytes: frames below the array, and the end of the pattern */

static volatile uint64_t deepest; /* address of the lowest byte that was written on purpose */

/* Writes the lowest byte of an array of its own, `depth` times one below the other. */
static NOINLINE uint64_t sinks(uint64_t depth) {
    volatile uint8_t room[512];
    room[0] = (uint8_t)depth;
    deepest = (uint64_t)(uintptr_t)room;
    return depth == 0 ? room[0] : sinks(depth - 1) + room[0];
}

static void sinks_and_sleeps(void *argument) {
    sinks((uint64_t)(uintptr_t)argument);
    thread_sleep_us(200);
}

static thread_id_t spawn_measured(thread_entry entry, uint64_t argument, unsigned priority,
                                  uint64_t stack_size) {
    const struct thread_attributes attributes = {.name = "measured",
                                                 .priority = (uint8_t)priority,
                                                 .stack_size = stack_size,
                                                 .measure_stack = true};
    thread_id_t id = THREAD_ID_NONE;
    TAP_REQUIRE(thread_spawn(entry, (void *)(uintptr_t)argument, &attributes, &id) == STATUS_OK,
                "a thread that measures its stack");
    return id;
}

/* What is told of `id`, whose deepest write is known: right to SLACK bytes. */
static uint64_t usage_of(thread_id_t id, const char *what) {
    uint64_t used = 0;
    uint64_t size = 0;
    TAP_EQ(thread_stack_usage(id, &used, &size), STATUS_OK, what);
    const struct stack *stack = thread_slots[id.index].stack;
    const uint64_t written = stack_top(stack).value - deepest;
    TAP_EQ(size, stack->size, "of a stack of that size");
    TAP_OK(used >= written && used <= written + SLACK, "as deep as it wrote, and little more");
    return used;
}

static void usage_of_each_class(void) {
    static const uint64_t sizes[] = {0, CONFIG_STACK_BASE_SIZE + 1, CONFIG_STACK_SIZE_MAX};
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
        thread_id_t id = spawn_measured(sinks_and_sleeps, 5, MAIN + 1, sizes[i]);
        uint64_t used = usage_of(id, "told while it waits");
        TAP_OK(used > 5 * 512, "five arrays deep");
        thread_sleep_us(300);
        TAP_EQ(usage_of(id, "told when it has ended"), used, "no more than before");
        TAP_EQ(test_join(id), 0, "joined");
        TAP_EQ(thread_stack_usage(id, &used, &used), STATUS_STALE, "no longer told");
    }
}

/* The next one on the same stack uses less. */
static void usage_is_its_own(void) {
    thread_id_t deep = spawn_measured(sinks_and_sleeps, 10, MAIN + 1, 0);
    uint64_t before = usage_of(deep, "one goes deep");
    test_join(deep);
    thread_id_t flat = spawn_measured(sinks_and_sleeps, 0, MAIN + 1, 0);
    TAP_EQ(flat.index, deep.index, "the next one has its slot");
    TAP_OK(usage_of(flat, "and goes less deep") + 9 * 512 < before, "which is what is told");
    test_join(flat);
}

static void usage_of_others(void) {
    uint64_t used = 77;
    uint64_t size = 77;
    thread_id_t plain = test_spawn(sinks_and_sleeps, NULL, MAIN + 1);
    TAP_EQ(thread_stack_usage(plain, &used, &size), STATUS_UNSUPPORTED, "who has not asked");
    TAP_EQ(thread_stack_usage(THREAD_ID_NONE, &used, &size), STATUS_STALE, "nobody");
    TAP_OK(used == 77 && size == 77, "neither is told anything");
    thread_id_t later = spawn_measured(sinks_and_sleeps, 0, MAIN - 1, 0);
    TAP_EQ(thread_stack_usage(later, &used, &size), STATUS_OK, "who has not begun");
    TAP_EQ(used, 0, "has used nothing");
    TAP_EQ(size, CONFIG_STACK_BASE_SIZE, "of a stack");
    test_join(plain);
    test_join(later);
}

/* Deeper and deeper while somebody looks, again and again, at any moment. */
static volatile bool stop;

static void sinks_on(void *argument) {
    (void)argument;
    for (uint64_t depth = 0; !stop; depth = depth == 11 ? 11 : depth + 1) {
        sinks(depth);
        thread_sleep_ticks(1000);
    }
}

static void usage_grows(void) {
    stop = false;
    thread_id_t id = spawn_measured(sinks_on, 0, MAIN + 1, 0);
    uint64_t before = 0;
    unsigned shrunk = 0;
    for (unsigned i = 0; i < 300; i++) {
        uint64_t used = 0;
        uint64_t size;
        TAP_REQUIRE(thread_stack_usage(id, &used, &size) == STATUS_OK, "told at any moment");
        shrunk += used < before;
        before = used;
        thread_sleep_ticks(100 + 7 * (i % 19));
    }
    TAP_EQ(shrunk, 0, "never less than before");
    TAP_OK(before > 11 * 512 && before < CONFIG_STACK_BASE_SIZE, "and in the end all of it");
    record_number("stack_usage", before);
    stop = true;
    test_join(id);
}

/* Its own, by a thread with floating-point registers, too. */
static void looks_at_itself(void *argument) {
    uint64_t used = 0;
    uint64_t size = 0;
    (void)argument;
    sinks(3);
    status_t status = thread_stack_usage(thread_self(), &used, &size);
    thread_exit(status == STATUS_OK && used > 3 * 512 && used < size ? (int64_t)used : -1);
}

static void usage_by_itself(void) {
    const struct thread_attributes attributes = {
        .name = "both", .priority = MAIN + 1, .measure_stack = true, .fp = true};
    thread_id_t id = THREAD_ID_NONE;
    TAP_REQUIRE(thread_spawn(looks_at_itself, NULL, &attributes, &id) == STATUS_OK, "spawned");
    TAP_OK(test_join(id) > 3 * 512, "a thread looks at its own stack");
}

static const struct test_case stack_usage_cases[] = {
    {"usage_of_each_class", usage_of_each_class, TEST_ALWAYS},
    {"usage_is_its_own", usage_is_its_own, TEST_ALWAYS},
    {"usage_of_others", usage_of_others, TEST_ALWAYS},
    {"usage_grows", usage_grows, TEST_EXACT},
    {"usage_by_itself", usage_by_itself, TEST_ALWAYS},
};
TEST_GROUP(stack_usage);
