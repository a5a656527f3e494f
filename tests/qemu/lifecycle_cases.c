/* SPDX-License-Identifier: MIT */
/* The life of threads: spawn, exit, join, detach, and every way in which they are refused. */
#include "tests/qemu/groups.h"

#define BELOW_MAIN (CONFIG_MAIN_PRIORITY - 1)
#define ABOVE_MAIN (CONFIG_MAIN_PRIORITY + 1)

static void returns(void *argument) {
    (void)argument;
}

static void exits_with(void *argument) {
    thread_exit((int64_t)(intptr_t)argument);
}

static void *code_argument(int64_t code) {
    return (void *)(intptr_t)code;
}

static bool ids_equal(thread_id_t a, thread_id_t b) {
    return a.index == b.index && a.generation == b.generation;
}

static void lifecycle_exit_codes(void) {
    static const int64_t codes[] = {0, 1, -1, 42, INT64_MAX, INT64_MIN + 1};
    for (unsigned i = 0; i < ARRAY_SIZE(codes); i++) {
        thread_id_t later = test_spawn(exits_with, code_argument(codes[i]), BELOW_MAIN);
        TAP_EQ(test_join(later), codes[i], "a joiner that waits gets the exit code");
        thread_id_t ended = test_spawn(exits_with, code_argument(codes[i]), ABOVE_MAIN);
        TAP_EQ(test_join(ended), codes[i], "a joiner that comes after the end gets the exit code");
    }
    TAP_EQ(test_join(test_spawn(returns, NULL, BELOW_MAIN)), 0, "returning is exit(0)");
    status_t status = thread_join(test_spawn(returns, NULL, BELOW_MAIN), NULL);
    TAP_EQ(status, STATUS_OK, "nobody has to want the code");
}

static void lifecycle_spawn_refused(void) {
    thread_id_t id = {77, 77};
    struct thread_attributes attributes = {.priority = 64};
    TAP_EQ(thread_spawn(NULL, NULL, NULL, &id), STATUS_INVALID_ARGUMENT, "spawn: no entry");
    TAP_EQ(thread_spawn(returns, NULL, &attributes, &id), STATUS_OUT_OF_RANGE,
           "spawn: priority 64");
    attributes = (struct thread_attributes){.policy = 2};
    TAP_EQ(thread_spawn(returns, NULL, &attributes, &id), STATUS_INVALID_ARGUMENT,
           "spawn: unknown policy");
    attributes = (struct thread_attributes){.stack_size = CONFIG_STACK_SIZE_MAX + 1};
    TAP_EQ(thread_spawn(returns, NULL, &attributes, &id), STATUS_OUT_OF_RANGE,
           "spawn: a stack above every class");
    attributes.stack_size = UINT64_MAX;
    TAP_EQ(thread_spawn(returns, NULL, &attributes, &id), STATUS_OUT_OF_RANGE,
           "spawn: a stack of 2^64 - 1 bytes");
    TAP_OK(ids_equal(id, (thread_id_t){77, 77}), "a refused spawn tells no id");
}

static void lifecycle_stack_classes(void) {
    static const struct stack_count {
        uint64_t size;
        unsigned count;
    } classes[] = {CONFIG_STACK_CLASSES};
    const unsigned count = classes[ARRAY_SIZE(classes) - 1].count;
    struct thread_attributes attributes = {.stack_size = CONFIG_STACK_SIZE_MAX,
                                           .priority = BELOW_MAIN};
    thread_id_t ids[2];
    TEST_NEEDS(count <= ARRAY_SIZE(ids));
    for (unsigned i = 0; i < count; i++) {
        TAP_REQUIRE(thread_spawn(returns, NULL, &attributes, &ids[i]) == STATUS_OK,
                    "the largest stacks are there");
    }
    uint32_t slots = thread_slots_free();
    TAP_EQ(thread_spawn(returns, NULL, &attributes, NULL), STATUS_NO_MEMORY,
           "no stack of a class that fits");
    TAP_EQ(thread_slots_free(), slots, "and no slot is lost for it");
    test_join(ids[0]);
    TAP_EQ(thread_spawn(returns, NULL, &attributes, &ids[0]), STATUS_OK,
           "a joined thread's stack is used again");
    for (unsigned i = 0; i < count; i++) {
        test_join(ids[i]);
    }
}

static void lifecycle_stale(void) {
    int64_t code = 5;
    unsigned priority = 5;
    const char *name = "kept";
    thread_id_t gone = test_spawn(returns, NULL, BELOW_MAIN);
    test_join(gone);
    TAP_EQ(thread_join(gone, &code), STATUS_STALE, "join: stale");
    TAP_EQ(thread_detach(gone), STATUS_STALE, "detach: stale");
    TAP_EQ(thread_set_priority(gone, 3), STATUS_STALE, "set_priority: stale");
    TAP_EQ(thread_get_priority(gone, &priority), STATUS_STALE, "get_priority: stale");
    TAP_EQ(thread_get_name(gone, &name), STATUS_STALE, "get_name: stale");
    const thread_id_t coming = {gone.index, gone.generation + 1}; /* the slot has it already */
    TAP_EQ(thread_get_name(coming, &name), STATUS_STALE, "get_name: of nobody yet");
    TAP_EQ(thread_get_priority(coming, &priority), STATUS_STALE, "get_priority: of nobody yet");
    TAP_OK(code == 5 && priority == 5 && name[0] == 'k', "a refusal changes no result");
    thread_id_t next = test_spawn(returns, NULL, BELOW_MAIN);
    TAP_OK(next.index == gone.index && next.generation != gone.generation,
           "the slot is used again under another generation");
    TAP_EQ(thread_join(gone, NULL), STATUS_STALE, "the old id does not reach the new thread");
    test_join(next);
    static const thread_id_t never[] = {
        {UINT32_MAX, 0}, {UINT32_MAX, UINT32_MAX}, {CONFIG_THREAD_SLOTS, 1}, {0, UINT32_MAX}};
    for (unsigned i = 0; i < ARRAY_SIZE(never); i++) {
        TAP_EQ(thread_join(never[i], NULL), STATUS_STALE, "join: an id that never was");
        TAP_EQ(thread_detach(never[i]), STATUS_STALE, "detach: an id that never was");
        TAP_EQ(thread_get_name(never[i], &name), STATUS_STALE, "get_name: nor has it a name");
        TAP_EQ(thread_get_priority(never[i], &priority), STATUS_STALE, "get_priority: nor one");
    }
}

static status_t second_join_status;

static void joins(void *argument) {
    const thread_id_t *id = argument;
    second_join_status = thread_join(*id, NULL);
}

static void sleeps_for_ever(void *argument) {
    const instant_t *end = argument;
    thread_sleep_until(*end);
}

static void lifecycle_join_refused(void) {
    static instant_t end;
    static thread_id_t sleeper;
    end = time_after(time_ms(2));
    TAP_EQ(thread_join(thread_self(), NULL), STATUS_DEADLOCK, "join: oneself");
    sleeper = test_spawn(sleeps_for_ever, &end, ABOVE_MAIN);
    thread_id_t joiner = test_spawn(joins, &sleeper, ABOVE_MAIN);
    TAP_EQ(thread_join(sleeper, NULL), STATUS_BUSY, "join: there is a joiner");
    TAP_EQ(thread_detach(sleeper), STATUS_BUSY, "detach: there is a joiner");
    test_join(joiner);
    TAP_EQ(second_join_status, STATUS_OK, "the first joiner is served");
    TAP_EQ(thread_join(sleeper, NULL), STATUS_STALE, "and the thread is gone then");
}

static void lifecycle_join_timeout(void) {
    static instant_t end;
    int64_t code = 9;
    end = time_after(time_ms(1));
    thread_id_t sleeper = test_spawn(sleeps_for_ever, &end, ABOVE_MAIN);
    TAP_EQ(thread_join_until(sleeper, &code, (instant_t){0}), STATUS_TIMED_OUT, "join: past");
    instant_t limit = time_after(time_us(100));
    TAP_EQ(thread_join_until(sleeper, &code, limit), STATUS_TIMED_OUT, "join: times out");
    TAP_OK(!instant_before(time_now(), limit), "not before its deadline");
    TAP_EQ(code, 9, "without a code");
    TAP_EQ(thread_join_until(sleeper, &code, (instant_t){UINT64_MAX - 1}), STATUS_OK,
           "one who timed out may join again, until the end of time");
    TAP_EQ(code, 0, "and gets the code");
}

static void lifecycle_detach(void) {
    uint32_t slots = thread_slots_free();
    thread_id_t id = test_spawn(returns, NULL, BELOW_MAIN);
    TAP_EQ(thread_detach(id), STATUS_OK, "detach: a thread that runs");
    TAP_EQ(thread_detach(id), STATUS_DETACHED, "detach: twice");
    TAP_EQ(thread_join(id, NULL), STATUS_DETACHED, "join: a detached one");
    TAP_EQ(thread_slots_free(), slots - 1, "it keeps its slot while it lives");
    test_settle();
    TAP_EQ(thread_slots_free(), slots, "and gives it back at its end");
    TAP_EQ(thread_join(id, NULL), STATUS_STALE, "its id is stale then");

    id = test_spawn(returns, NULL, ABOVE_MAIN);
    TAP_EQ(thread_slots_free(), slots - 1, "an ended thread waits for its joiner");
    TAP_EQ(thread_detach(id), STATUS_OK, "detach: a thread that has ended");
    TAP_EQ(thread_slots_free(), slots, "gives the slot back at once");

    struct thread_attributes detached = {.priority = ABOVE_MAIN, .detached = true};
    TAP_EQ(thread_spawn(returns, NULL, &detached, &id), STATUS_OK, "spawn: detached");
    TAP_EQ(thread_slots_free(), slots, "its slot is free as soon as it ends");
}

static void lifecycle_identity(void) {
    const char *name = NULL;
    unsigned priority = 0;
    TAP_EQ(thread_get_name(thread_self(), &name), STATUS_OK, "main has a name");
    TAP_TEXT(name, "main", "which is main");
    TAP_EQ(thread_get_priority(thread_self(), &priority), STATUS_OK, "main has a priority");
    TAP_EQ(priority, CONFIG_MAIN_PRIORITY, "which is the configured one");
    thread_id_t id = THREAD_ID_NONE;
    TAP_EQ(thread_spawn(returns, NULL, NULL, &id), STATUS_OK, "spawn: no attributes");
    TAP_EQ(thread_get_priority(id, &priority), STATUS_OK, "it can be asked");
    TAP_EQ(priority, 0, "its priority is the lowest");
    TAP_EQ(thread_get_name(id, &name), STATUS_OK, "it can be asked for its name");
    TAP_TEXT(name, "thread", "which is 'thread'");
    test_join(id);
}

static void adds_letter(void *argument) {
    const char *letter = argument;
    trace_add(*letter);
}

static void lifecycle_static(void) {
    static char letters[] = "abc";
    const struct thread_definition definitions[] = {
        {adds_letter, &letters[0], {.name = "a", .priority = BELOW_MAIN}},
        {adds_letter, &letters[1], {.name = "b", .priority = ABOVE_MAIN}},
        {adds_letter, &letters[2], {.name = "c", .priority = BELOW_MAIN}},
    };
    thread_id_t ids[ARRAY_SIZE(definitions)];
    status_t status = thread_spawn_all(definitions, ARRAY_SIZE(definitions), ids);
    TAP_REQUIRE(status == STATUS_OK, "a table of threads is spawned");
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        test_join(ids[i]);
    }
    TAP_TEXT(trace_text(), "bac", "they run by priority, then in order");
    struct thread_definition wrong[2] = {{returns, NULL, {.priority = BELOW_MAIN}},
                                         {NULL, NULL, {.priority = 0}}};
    status = thread_spawn_all(wrong, 2, ids);
    TAP_EQ(status, STATUS_INVALID_ARGUMENT, "a table with a wrong line stops there");
    test_join(ids[0]);
}

static const struct test_case lifecycle_cases[] = {
    {"lifecycle_exit_codes", lifecycle_exit_codes, TEST_ALWAYS},
    {"lifecycle_spawn_refused", lifecycle_spawn_refused, TEST_ALWAYS},
    {"lifecycle_stack_classes", lifecycle_stack_classes, TEST_ALWAYS},
    {"lifecycle_stale", lifecycle_stale, TEST_ALWAYS},
    {"lifecycle_join_refused", lifecycle_join_refused, TEST_EXACT},
    {"lifecycle_join_timeout", lifecycle_join_timeout, TEST_EXACT},
    {"lifecycle_detach", lifecycle_detach, TEST_ALWAYS},
    {"lifecycle_identity", lifecycle_identity, TEST_ALWAYS},
    {"lifecycle_static", lifecycle_static, TEST_ALWAYS},
};
TEST_GROUP(lifecycle);
