/* SPDX-License-Identifier: MIT */
/*
 * Waits for several objects between round-robin threads, with as many places as there may be, while
 * the deadline of who waits, or is woken, is the first of many.
 */
#include "kernel/sync/wait_any.h"

#include "arch/task_call.h"
#include "kernel/sched/wait_place.h"
#include "tests/evidence/puppets.h"

static struct semaphore units[CONFIG_WAIT_ANY_MAX];
static struct event_flags flags;
static struct mailbox box;
static struct message storage, got;
static status_t result;
static unsigned which;
static instant_t answered;
static unsigned answers;

static void prepare(struct wait_for *list) {
    for (unsigned i = 0; i < CONFIG_WAIT_ANY_MAX; i++) {
        TAP_REQUIRE(semaphore_init(&units[i], 0, 2) == STATUS_OK, "a semaphore");
        list[i] = wait_for_unit(&units[i]);
    }
    TAP_REQUIRE(event_flags_init(&flags, 0) == STATUS_OK &&
                    mailbox_init(&box, &storage, sizeof storage, EVIDENCE_MESSAGE, 1) == STATUS_OK,
                "event flags and a mailbox");
}

static struct wait_for list[CONFIG_WAIT_ANY_MAX];

/* --- Serving: the other places stand alone, or among others ------------------------------------- */

static void companion(void *argument) {
    unsigned ignored;
    struct wait_for others[CONFIG_WAIT_ANY_MAX];
    (void)argument;
    for (unsigned i = 0; i < CONFIG_WAIT_ANY_MAX; i++) {
        others[i] = wait_for_unit(&units[i]);
    }
    thread_exit(inline_wait_any(others, CONFIG_WAIT_ANY_MAX, &ignored));
}

static void gives(void) {
    result = inline_semaphore_give(&units[0]);
}

static void any_wake(void) {
    prepare(list);
    thread_id_t ids[3];
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        ids[i] = test_spawn_round_robin(companion, NULL, EVIDENCE_PUPPET);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        actor_run(gives);
        TAP_EQ(result, STATUS_OK, "given");
    }
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        TAP_EQ(test_join(ids[i]), STATUS_OK, "one of them has it");
    }
}

/* --- Waiting: behind others of the same level, with a deadline before all others ----------------- */

static void waits_until(void) {
    result = wait_any_until(list, CONFIG_WAIT_ANY_MAX, events_base(), &which);
    answered = time_now();
}

static void any_block(void) {
    puppets_begin();
    prepare(list);
    thread_id_t id = test_spawn_round_robin(companion, NULL, EVIDENCE_ACTOR);
    events_arm(time_after(time_ticks(500000)), 4000, NULL, false);
    events_lower(EVIDENCE_ACTOR); /* the actor is the first of several at its level */
    actor_run(waits_until);
    TAP_EQ(result, STATUS_TIMED_OUT, "nothing came");
    TAP_OK(!instant_before(answered, events_base()), "until the deadline");
    events_pass();
    events_raise();
    TAP_EQ(semaphore_give(&units[1]), STATUS_OK, "for the other");
    TAP_EQ(test_join(id), STATUS_OK, "who waited on");
    puppets_end();
}

/* Who is served long before its deadline calls it off. */
static void any_in_time(void) {
    puppets_begin();
    prepare(list);
    events_arm(time_after(time_ticks(500000)), 4000, NULL, false);
    events_lower(EVIDENCE_ACTOR);
    thread_id_t actor = actor_begin(waits_until, 0, false);
    actor_go();
    TAP_EQ(semaphore_give(&units[3 % CONFIG_WAIT_ANY_MAX]), STATUS_OK, "in time");
    test_join(actor);
    TAP_EQ(result, STATUS_OK, "which it has");
    events_raise();
    events_call_off();
    puppets_end();
}

/* --- A priority that changes while the places are being joined ----------------------------------- */

static thread_id_t beside[2]; /* who take turns with it */

static void nothing(void *argument) {
    (void)argument;
}

static void changes_and_waits(void) {
    struct wait_any any;
    wait_place_begin(&any);
    arch_irq_mask();
    for (unsigned i = 0; i < CONFIG_WAIT_ANY_MAX; i++) {
        units[i].limit = 0;
        wait_place_join_irq(&any, &units[i].waiters, NULL, NULL);
    }
    arch_irq_unmask();
    result = thread_set_priority(thread_self(), EVIDENCE_ACTOR - 1);
    for (unsigned i = 0; i < ARRAY_SIZE(beside); i++) {
        beside[i] = test_spawn_round_robin(nothing, NULL, EVIDENCE_ACTOR - 1);
    }
    task_call_wait_any((uint64_t)(uintptr_t)&any);
    arch_irq_mask();
    wait_place_end_irq(arch_cpu_self(), any.thread);
    arch_irq_unmask();
    answers += any.status == STATUS_OK && any.served == &any.place[0];
}

static void sleeps(void *argument) {
    (void)argument;
    thread_sleep_ms(1);
}

/* Its last act is a switch to a level above which much is armed. */
static void any_moved(void) {
    thread_id_t sleepers[16];
    for (unsigned i = 0; i < ARRAY_SIZE(sleepers); i++) {
        sleepers[i] = test_spawn(sleeps, NULL, EVIDENCE_PUPPET + i % 4);
    }
    prepare(list);
    answers = 0;
    thread_id_t ids[6];
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) { /* they stand at both levels */
        ids[i] = test_spawn_round_robin(companion, NULL,
                                        i % 2 == 0 ? EVIDENCE_ACTOR : EVIDENCE_ACTOR - 1);
    }
    thread_sleep_us(100);
    thread_id_t actor = actor_begin(changes_and_waits, 0, false);
    actor_go();
    for (unsigned i = 0; i <= ARRAY_SIZE(ids); i++) {
        TAP_EQ(semaphore_give(&units[0]), STATUS_OK, "for each");
    }
    test_join(actor);
    TAP_EQ(result, STATUS_OK, "its priority changed");
    TAP_EQ(answers, 1, "and it was served");
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        TAP_EQ(test_join(ids[i]), STATUS_OK, "as the others");
    }
    for (unsigned i = 0; i < ARRAY_SIZE(beside); i++) {
        test_join(beside[i]);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(sleepers); i++) {
        test_join(sleepers[i]);
    }
}

/* The same while it waits: who sets the priority moves the places. */
static void any_followed(void) {
    prepare(list);
    thread_id_t ids[5];
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        ids[i] = test_spawn_round_robin(companion, NULL, i < 3 ? EVIDENCE_ACTOR : EVIDENCE_BELOW);
    }
    thread_sleep_us(100);
    TAP_EQ(thread_set_priority(ids[1], EVIDENCE_BELOW), STATUS_OK, "from among some to others");
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        TAP_EQ(semaphore_give(&units[0]), STATUS_OK, "for each");
    }
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        TAP_EQ(test_join(ids[i]), STATUS_OK, "which has it");
    }
}

/* --- Ends of threads ----------------------------------------------------------------------------- */

static void any_end(void) {
    prepare(list);
    thread_id_t id = test_spawn(nothing, NULL, EVIDENCE_BELOW);
    list[0] = wait_for_exit(id);
    TAP_EQ(wait_any_until(list, CONFIG_WAIT_ANY_MAX, time_after(time_ticks(50)), &which),
           STATUS_TIMED_OUT, "it does not come to its end");
    TAP_EQ(inline_wait_any(list, CONFIG_WAIT_ANY_MAX, &which), STATUS_OK, "and now it does");
    TAP_EQ(inline_wait_any(list, CONFIG_WAIT_ANY_MAX, &which), STATUS_STALE, "once");
    const struct thread_attributes attributes = {
        .priority = EVIDENCE_PUPPET, .stack_size = CONFIG_STACK_BASE_SIZE + 1, .fp = true};
    TAP_REQUIRE(thread_spawn(nothing, NULL, &attributes, &id) == STATUS_OK, "one with extras");
    list[0] = wait_for_exit(id);
    TAP_EQ(inline_wait_any(list, CONFIG_WAIT_ANY_MAX, &which), STATUS_OK, "which has ended");
}

/* --- All answers --------------------------------------------------------------------------------- */

static status_t asks_with(const struct wait_for *last) {
    list[1] = *last;
    return wait_any_until(list, 2, (instant_t){0}, &which);
}

static void asks(void) {
    const struct wait_for wrong[] = {
        inline_wait_for_unit(NULL),
        inline_wait_for_message(NULL, &got),
        inline_wait_for_message(&box, NULL),
        inline_wait_for_events(NULL, 1, EVENT_FLAGS_ANY),
        inline_wait_for_events(&flags, 0, EVENT_FLAGS_ANY),
        {.kind = (enum wait_for_kind)9},
    };
    answers += wait_any_until(NULL, 1, INSTANT_NEVER, &which) == STATUS_INVALID_ARGUMENT;
    answers += wait_any_until(list, 0, INSTANT_NEVER, &which) == STATUS_OUT_OF_RANGE;
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        answers += asks_with(&wrong[i]) == STATUS_INVALID_ARGUMENT;
    }
    const struct wait_for signs = inline_wait_for_events(&flags, 1, EVENT_FLAGS_ANY);
    const struct wait_for self = inline_wait_for_exit(thread_self());
    const struct wait_for past = inline_wait_for_moment((instant_t){1});
    const struct wait_for soon = inline_wait_for_moment(time_after(time_ticks(2000)));
    const struct wait_for messages = inline_wait_for_message(&box, &got);
    answers += asks_with(&signs) == STATUS_TIMED_OUT;
    answers += asks_with(&self) == STATUS_DEADLOCK;
    answers += asks_with(&past) == STATUS_OK;
    answers += asks_with(&messages) == STATUS_TIMED_OUT;
    list[1] = soon;
    answers += wait_any_until(list, 2, INSTANT_NEVER, &which) == STATUS_OK && which == 1;
    answers += mailbox_try_send(&box, &storage) == STATUS_OK;
    answers += asks_with(&messages) == STATUS_OK;
    answers += event_flags_set(&flags, 1) == STATUS_OK && asks_with(&signs) == STATUS_OK;
    list[0] = signs;
    answers += asks_with(&signs) == STATUS_INVALID_ARGUMENT;
    answers += semaphore_close(&units[0]) == STATUS_OK;
    list[0] = inline_wait_for_unit(&units[0]);
    answers += asks_with(&messages) == STATUS_CLOSED;
}

static void any_answers(void) {
    prepare(list);
    answers = 0;
    actor_run(asks);
    TAP_EQ(answers, 19, "each call is answered");
}

static const struct scenario any_scenarios[] = {
    {"any_wake", any_wake},       {"any_block", any_block},       {"any_in_time", any_in_time},
    {"any_moved", any_moved},     {"any_followed", any_followed}, {"any_end", any_end},
    {"any_answers", any_answers},
};
SCENARIO_ROOM(any);
