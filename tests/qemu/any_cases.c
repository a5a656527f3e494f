/* SPDX-License-Identifier: MIT */
/* Waiting for several objects: which serves, deadlines, ends of threads, faults in the middle. */
#include "kernel/sync/wait_any.h"

#include "arch/cpu.h"
#include "kernel/cpu/cpu.h"
#include "kernel/sched/wait_place.h"
#include "tests/qemu/groups.h"

#define MAIN CONFIG_MAIN_PRIORITY

static struct semaphore units, others;
static struct event_flags flags;
static struct mailbox box;
static uint64_t storage[2];

struct outcome {
    status_t status;
    unsigned which;
    uint64_t message;
    uint64_t seen;
};

static struct outcome outcomes[4];

static void objects_reset(void) {
    TAP_REQUIRE(semaphore_init(&units, 0, 9) == STATUS_OK &&
                    semaphore_init(&others, 0, 9) == STATUS_OK &&
                    event_flags_init(&flags, 0) == STATUS_OK &&
                    mailbox_init(&box, storage, sizeof storage, 8, 2) == STATUS_OK,
                "four objects are made");
    trace_clear();
}

static void waits_until(struct outcome *outcome, instant_t deadline) {
    struct wait_for list[] = {wait_for_unit(&units), wait_for_message(&box, &outcome->message),
                              wait_for_events(&flags, 1, EVENT_FLAGS_ALL | EVENT_FLAGS_CLEAR),
                              wait_for_unit(&others)};
    *outcome = (struct outcome){.which = 9};
    outcome->status = wait_any_until(list, ARRAY_SIZE(list), deadline, &outcome->which);
    outcome->seen = list[2].want.seen;
}

static void waits(void *argument) {
    uint64_t number = (uint64_t)(uintptr_t)argument;
    waits_until(&outcomes[number], INSTANT_NEVER);
    trace_add((char)('a' + number));
}

static void waits_1ms(void *argument) {
    waits_until(&outcomes[(uintptr_t)argument], time_after(time_ms(1)));
}

static void any_served(void) {
    TEST_NEEDS(CONFIG_WAIT_ANY_MAX >= 4);
    const uint64_t message = 77;
    for (unsigned i = 0; i < 4; i++) {
        objects_reset();
        thread_id_t id = test_spawn(waits, NULL, i % 2 == 0 ? MAIN + 1 : MAIN - 1);
        test_settle();
        status_t status = i == 0   ? semaphore_give(&units)
                          : i == 1 ? mailbox_try_send(&box, &message)
                          : i == 2 ? event_flags_set(&flags, 3)
                                   : semaphore_close(&others);
        TAP_EQ(status, STATUS_OK, "one of the objects serves it");
        TAP_EQ(semaphore_give(&units), STATUS_OK, "what comes next is not its own");
        test_join(id);
        TAP_EQ(outcomes[0].status, i == 3 ? STATUS_CLOSED : STATUS_OK,
               "it has that object's answer");
        TAP_EQ(outcomes[0].which, i, "and is told which it was");
        TAP_OK(i != 1 || outcomes[0].message == 77, "a message is there");
        TAP_OK(i != 2 || outcomes[0].seen == 3, "and the flags that were seen");
        TAP_EQ(semaphore_count(&units), 1, "the next unit is kept");
    }
}

static void takes(void *argument) {
    TAP_OK(semaphore_take(&units) == STATUS_OK, "a unit");
    trace_add((char)('a' + (uintptr_t)argument));
}

static void any_order(void) {
    TEST_NEEDS(CONFIG_WAIT_ANY_MAX >= 4);
    objects_reset();
    thread_id_t ids[4];
    ids[0] = test_spawn(takes, (void *)0, 40);
    ids[1] = test_spawn(waits, (void *)1, 41);
    ids[2] = test_spawn(takes, (void *)2, 41);
    ids[3] = test_spawn(waits, (void *)3, 39);
    TAP_EQ(thread_set_priority(ids[3], 42), STATUS_OK, "its places go with it");
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        TAP_EQ(semaphore_give(&units), STATUS_OK, "a unit");
    }
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        test_join(ids[i]);
    }
    TAP_TEXT(trace_text(), "dbca", "by priority, then first come, whatever else they wait for");
}

static void ends_soon(void *argument) {
    thread_sleep_us((uint64_t)(uintptr_t)argument);
    thread_exit(42);
}

static void any_deadline(void) {
    TEST_NEEDS(CONFIG_WAIT_ANY_MAX >= 4);
    objects_reset();
    instant_t deadline = time_after(time_us(50));
    waits_until(&outcomes[0], deadline);
    TAP_EQ(outcomes[0].status, STATUS_TIMED_OUT, "nothing comes");
    TAP_OK(!instant_before(time_now(), deadline), "never early");
    TAP_EQ(outcomes[0].which, 9, "and nothing is told");
    waits_until(&outcomes[0], deadline);
    TAP_EQ(outcomes[0].status, STATUS_TIMED_OUT, "a past deadline tries once");
    TAP_EQ(semaphore_give(&others), STATUS_OK, "nobody waits any more");
    waits_until(&outcomes[0], deadline);
    TAP_EQ(outcomes[0].which, 3, "and finds what is there");
    thread_id_t sooner = test_spawn(ends_soon, (void *)500, MAIN + 2);
    thread_id_t id = test_spawn(waits_1ms, (void *)1, MAIN + 1);
    TAP_EQ(event_flags_set(&flags, 1), STATUS_OK, "in time");
    TAP_EQ(event_flags_value(&flags), 0, "taken");
    test_join(id);
    TAP_EQ(outcomes[1].status, STATUS_OK, "its deadline is called off");
    TAP_EQ(test_join(sooner), 42, "and no other");
    thread_sleep_ms(2);
}

static void faults(void *argument) {
    (void)argument;
    *(volatile uint64_t *)0x1000 = 1;
}

static void any_ends(void) {
    TEST_NEEDS(CONFIG_WAIT_ANY_MAX >= 4);
    objects_reset();
    unsigned which = 9;
    thread_id_t late = test_spawn(ends_soon, (void *)500, MAIN + 1);
    thread_id_t soon = test_spawn(ends_soon, (void *)100, MAIN + 1);
    struct wait_for list[] = {wait_for_exit(late), wait_for_exit(soon), wait_for_unit(&units)};
    TAP_EQ(wait_any(list, 3, &which), STATUS_OK, "a thread ends");
    TAP_EQ(which, 1, "the sooner one");
    TAP_EQ(list[1].exit_code, 42, "with its code");
    TAP_EQ(test_join(late), 42, "the other has no joiner left over");
    list[0] = wait_for_exit(test_spawn(faults, NULL, MAIN - 1));
    TAP_EQ(wait_any(list, 1, &which), STATUS_FAULTED, "one ends by a fault");
    TAP_EQ(wait_any(list, 1, &which), STATUS_STALE, "it is joined by that");
}

static void any_moment(void) {
    TEST_NEEDS(CONFIG_WAIT_ANY_MAX >= 4);
    objects_reset();
    unsigned which = 9;
    instant_t moment = time_after(time_us(100));
    struct wait_for list[] = {wait_for_unit(&units), wait_for_moment(moment)};
    TAP_EQ(wait_any(list, 2, &which), STATUS_OK, "a moment comes");
    TAP_OK(which == 1 && !instant_before(time_now(), moment), "and is told of, never early");
    list[1] = wait_for_moment(INSTANT_NEVER);
    TAP_EQ(wait_any_until(list, 2, time_after(time_us(50)), &which), STATUS_TIMED_OUT,
           "one that never comes does not");
}

/* A producer of each kind and one consumer of all: nothing is lost. */
static void any_stream(void) {
    TEST_NEEDS(CONFIG_WAIT_ANY_MAX >= 4);
    objects_reset();
    uint64_t message;
    unsigned count[3] = {0, 0, 0};
    struct wait_for list[] = {wait_for_unit(&units), wait_for_message(&box, &message),
                              wait_for_moment(INSTANT_NEVER)};
    unsigned sent = 0;
    unsigned given = 0;
    for (unsigned round = 0; round < 1000; round++) {
        unsigned which = 9;
        message = round;
        sent += round % 3 == 0 && mailbox_try_send(&box, &message) == STATUS_OK;
        given += round % 3 != 1 && semaphore_give(&units) == STATUS_OK;
        list[2] = wait_for_moment(time_after(time_us(2)));
        TAP_REQUIRE(wait_any(list, 3, &which) == STATUS_OK && which < 3, "something comes");
        count[which]++;
    }
    TAP_EQ(count[0] + semaphore_count(&units), given, "each unit is taken once");
    TAP_EQ(count[1] + mailbox_count(&box), sent, "each message received once");
    TAP_EQ(count[0] + count[1] + count[2], 1000, "and something was told each time");
}

/* Ends by a fault on its way into a wait: it has joined two objects, and set its deadline. */
static void faults_with_places(void *argument) {
    struct wait_any any;
    wait_place_begin(&any);
    arch_irq_mask();
    wait_place_join_irq(&any, &units.waiters, NULL, NULL);
    wait_place_join_irq(&any, &others.waiters, NULL, NULL);
    units.limit = 0;
    others.limit = 0;
    wait_place_arm_irq(arch_cpu_self(), &any, time_after(time_us(200)));
    arch_irq_unmask();
    faults(argument);
}

static void any_faults(void) {
    TEST_NEEDS(CONFIG_WAIT_ANY_MAX >= 4);
    objects_reset();
    int64_t code = 9;
    thread_id_t id = test_spawn(faults_with_places, NULL, MAIN - 1);
    TAP_EQ(thread_join(id, &code), STATUS_FAULTED, "a thread with places faults");
    TAP_EQ(semaphore_give(&units), STATUS_OK, "nobody stands at the one object");
    TAP_EQ(semaphore_count(&units), 1, "so it keeps the unit");
    TAP_EQ(semaphore_give(&others), STATUS_OK, "nor at the other");
    TAP_EQ(semaphore_count(&others), 1, "which keeps it, too");
    id = test_spawn(ends_soon, (void *)100, MAIN + 1); /* perhaps in the same slot */
    thread_sleep_us(400);
    TAP_EQ(test_join(id), 42, "the deadline was called off");
}

static const struct test_case any_cases[] = {
    {"any_faults", any_faults, TEST_ALWAYS}, {"any_served", any_served, TEST_ALWAYS},
    {"any_order", any_order, TEST_ALWAYS},   {"any_deadline", any_deadline, TEST_ALWAYS},
    {"any_ends", any_ends, TEST_ALWAYS},     {"any_moment", any_moment, TEST_ALWAYS},
    {"any_stream", any_stream, TEST_ALWAYS},
};
TEST_GROUP(any);
