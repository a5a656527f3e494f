/* SPDX-License-Identifier: MIT */
/*
 * Waits for several objects between round-robin threads, with as many places as there may be, while
 * the deadline of who waits, or is woken, is the first of many.
 */
#include "kernel/sync/wait_any.h"

#include "arch/task_call.h"
#include "arch/cpu.h"
#include "kernel/cpu/cpu.h"
#include "kernel/ipc/mailbox_look.h"
#include "kernel/sched/wait_place.h"
#include "kernel/sync/event_flags_internal.h"
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
    list[1] = inline_wait_for_moment(INSTANT_NEVER);
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
    TAP_EQ(thread_set_priority(ids[0], EVIDENCE_BELOW), STATUS_OK, "and the first of them");
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        TAP_EQ(semaphore_give(&units[0]), STATUS_OK, "for each");
    }
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        TAP_EQ(test_join(ids[i]), STATUS_OK, "which has it");
    }
}

/* --- Ends of threads ----------------------------------------------------------------------------- */

static void waits_briefly(void *argument) {
    unsigned ignored;
    struct wait_for waits[] = {wait_for_unit(&units[0]), wait_for_unit(&units[1])};
    (void)argument;
    thread_exit(wait_any_until(waits, 2, time_after(time_us(50)), &ignored));
}

/* Its time is up, and others of its level came after it. */
static void any_leaves(void) {
    instant_t soon = time_after(time_us(100));
    list[0] = wait_for_moment(instant_add(soon, time_ms(1)));
    list[1] = wait_for_moment(soon);
    TAP_EQ(wait_any_until(list, 2, INSTANT_NEVER, &which), STATUS_OK, "the earlier one");
    TAP_EQ(which, 1, "wherever it is in the list");
    list[1] = wait_for_moment(instant_add(soon, time_ms(2)));
    TAP_EQ(wait_any_until(list, 2, INSTANT_NEVER, &which), STATUS_OK, "the earlier one");
    TAP_EQ(which, 0, "as before");
    list[0] = list[1];
    TAP_EQ(wait_any_until(list, 2, time_after(time_us(10)), &which), STATUS_TIMED_OUT,
           "none until then");
    prepare(list);
    thread_id_t id = test_spawn(waits_briefly, NULL, EVIDENCE_ACTOR);
    thread_id_t ids[2];
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        ids[i] = test_spawn_round_robin(companion, NULL, EVIDENCE_ACTOR);
    }
    TAP_EQ(test_join(id), STATUS_TIMED_OUT, "none for it");
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        TAP_EQ(semaphore_give(&units[0]), STATUS_OK, "for the others");
        TAP_EQ(test_join(ids[i]), STATUS_OK, "who have it");
    }
}

static void any_end(void) {
    prepare(list);
    thread_id_t id = test_spawn(nothing, NULL, EVIDENCE_BELOW);
    TAP_EQ(thread_detach(id), STATUS_OK, "one that nobody can join");
    list[0] = wait_for_exit(id);
    TAP_EQ(inline_wait_any(list, CONFIG_WAIT_ANY_MAX, &which), STATUS_DETACHED, "nor wait for");
    id = test_spawn(nothing, NULL, EVIDENCE_BELOW);
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

/* --- The second looks, which find something only where somebody came between --------------------- */

static status_t looks_at_box(void) {
    bool ask = false;
    arch_irq_mask();
    status_t status = mailbox_look_irq(&box, &got, &ask);
    arch_irq_unmask();
    if (ask) {
        inline_thread_yield();
    }
    return status;
}

static void sends_and_ends(void *argument) {
    (void)argument;
    thread_exit(mailbox_send_until(&box, &storage, INSTANT_NEVER));
}

static void sends_in_time(void *argument) {
    (void)argument;
    thread_exit(mailbox_send_until(&box, &storage, time_after(time_ms(1))));
}

/* The box is full, and others wait to send. */
static void looks_with_senders(unsigned count, thread_entry entry, unsigned level) {
    thread_id_t ids[3];
    TAP_EQ(mailbox_try_send(&box, &storage), STATUS_OK, "full");
    for (unsigned i = 0; i < count; i++) {
        ids[i] = test_spawn_round_robin(entry, NULL, level);
    }
    thread_sleep_us(20);
    for (unsigned i = 0; i <= count; i++) {
        TAP_EQ(looks_at_box(), STATUS_OK, "a message");
    }
    for (unsigned i = 0; i < count; i++) {
        TAP_EQ(test_join(ids[i]), STATUS_OK, "let in");
    }
}

static void any_box_between(void) {
    static struct message sized;
    prepare(list);
    for (uint64_t size = 1; size <= CONFIG_MAILBOX_MESSAGE_MAX - 1; size++) {
        TAP_REQUIRE(mailbox_init(&box, &sized, sizeof sized, size, 1) == STATUS_OK &&
                        mailbox_try_send(&box, &storage) == STATUS_OK &&
                        looks_at_box() == STATUS_OK && looks_at_box() == STATUS_WOULD_BLOCK,
                    "messages of each size");
    }
    TAP_REQUIRE(mailbox_init(&box, &sized, sizeof sized, 4, 2) == STATUS_OK, "room for two");
    for (unsigned i = 0; i < 3; i++) {
        TAP_REQUIRE(mailbox_try_send(&box, &storage) == STATUS_OK && looks_at_box() == STATUS_OK,
                    "round the end");
    }
    TAP_REQUIRE(mailbox_init(&box, &sized, sizeof sized, EVIDENCE_MESSAGE, 1) == STATUS_OK,
                "room for one");
    looks_with_senders(1, sends_and_ends, EVIDENCE_PUPPET);
    looks_with_senders(3, sends_and_ends, EVIDENCE_BELOW);
    looks_with_senders(3, sends_in_time, EVIDENCE_BELOW);
    TAP_EQ(mailbox_try_send(&box, &storage), STATUS_OK, "full");
    TAP_EQ(mailbox_close(&box), STATUS_OK, "closed");
    TAP_EQ(looks_at_box(), STATUS_OK, "what was sent before");
    TAP_EQ(looks_at_box(), STATUS_CLOSED, "and no more");
}

static status_t looks_at_flags(unsigned mode) {
    struct event_flags_want want = {.bits = 3, .mode = mode};
    arch_irq_mask();
    status_t status = event_flags_try_wait_irq(&flags, &want);
    arch_irq_unmask();
    return status;
}

static struct event_flags others = EVENT_FLAGS_INITIALIZER(0);

static void any_flags_between(void) {
    prepare(list);
    TAP_EQ(looks_at_flags(EVENT_FLAGS_ANY), STATUS_WOULD_BLOCK, "no bit");
    TAP_EQ(event_flags_set(&flags, 2), STATUS_OK, "one of two");
    TAP_EQ(looks_at_flags(EVENT_FLAGS_ALL), STATUS_WOULD_BLOCK, "both are wanted");
    TAP_EQ(looks_at_flags(EVENT_FLAGS_ANY), STATUS_OK, "either");
    TAP_EQ(looks_at_flags(EVENT_FLAGS_ANY | EVENT_FLAGS_CLEAR), STATUS_OK, "and taken");
    TAP_EQ(event_flags_value(&flags), 0, "it is");
    list[0] = wait_for_events(&flags, 3, EVENT_FLAGS_ALL);
    list[1] = wait_for_exit(thread_self());
    list[2] = list[1];
    TAP_EQ(wait_any(list, 3, &which), STATUS_INVALID_ARGUMENT, "a thread twice");
    list[1] = wait_for_events(&others, 3, EVENT_FLAGS_ALL);
    TAP_EQ(wait_any_until(list, 2, (instant_t){0}, &which), STATUS_TIMED_OUT, "two of them");
    TAP_EQ(event_flags_set(&flags, 3), STATUS_OK, "all");
    TAP_EQ(wait_any(list, 1, &which), STATUS_OK, "met");
    list[0].want.mode |= EVENT_FLAGS_CLEAR;
    TAP_EQ(wait_any(list, 1, &which), STATUS_OK, "met, and taken");
    TAP_EQ(event_flags_close(&flags), STATUS_OK, "closed");
    TAP_EQ(wait_any(list, 1, &which), STATUS_CLOSED, "which is told");
    TAP_EQ(looks_at_flags(EVENT_FLAGS_ANY), STATUS_CLOSED, "at either look");
}

/* Serves its own next place: it has joined some, among others and alone. */
static void serves_itself(const struct wait_for *joined, unsigned count) {
    struct wait_any any;
    wait_place_begin(&any);
    arch_irq_mask();
    for (unsigned i = 0; i < count; i++) {
        units[i].limit = 0;
        wait_place_join_irq(&any, &joined[i].semaphore->waiters, NULL, NULL);
    }
    arch_irq_unmask();
    inline_thread_yield(); /* others of its level may come behind it */
    arch_irq_mask();
    wait_place_serve_irq(&any, STATUS_OK);
    wait_place_end_irq(arch_cpu_self(), any.thread);
    arch_irq_unmask();
    answers += any.served == &any.place[count];
}

static void serves_itself_alone(void) {
    serves_itself(list, CONFIG_WAIT_ANY_MAX - 1);
}

static thread_id_t behind;

static void serves_itself_before_another(void) {
    behind = test_spawn(companion, NULL, EVIDENCE_ACTOR);
    serves_itself(list, CONFIG_WAIT_ANY_MAX - 1);
}

static void serves_itself_at_once(void) {
    serves_itself(list, 0);
}

static void serves_itself_as_joiner(void) {
    struct wait_any any;
    struct thread *thread = NULL;
    wait_place_begin(&any);
    arch_irq_mask();
    status_t status = thread_join_look_irq(list[0].thread, &list[0].exit_code, &thread);
    wait_place_join_irq(&any, NULL, thread, &list[0].exit_code);
    wait_place_join_irq(&any, NULL, NULL, NULL);
    wait_place_serve_irq(&any, STATUS_OK);
    wait_place_end_irq(arch_cpu_self(), any.thread);
    arch_irq_unmask();
    answers += status == STATUS_WOULD_BLOCK && thread->joiner == NULL;
}

static void any_serves_itself(void) {
    prepare(list);
    answers = 0;
    actor_run(serves_itself_alone);
    actor_run(serves_itself_at_once);
    actor_run(serves_itself_before_another);
    TAP_EQ(semaphore_give(&units[0]), STATUS_OK, "for who came behind");
    TAP_EQ(test_join(behind), STATUS_OK, "who was not touched");
    thread_id_t ids[2];
    ids[0] = test_spawn_round_robin(companion, NULL, EVIDENCE_ACTOR);
    thread_sleep_us(20);
    actor_run(serves_itself_alone); /* behind it */
    ids[1] = test_spawn_round_robin(companion, NULL, EVIDENCE_BELOW);
    thread_sleep_us(20);
    actor_run(serves_itself_alone);
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        TAP_EQ(semaphore_give(&units[0]), STATUS_OK, "for the others");
        TAP_EQ(test_join(ids[i]), STATUS_OK, "who were not touched");
    }
    thread_id_t id = test_spawn(nothing, NULL, EVIDENCE_BELOW);
    list[0] = wait_for_exit(id);
    actor_run(serves_itself_as_joiner);
    TAP_EQ(answers, 6, "each served itself");
    test_join(id);
}

static const struct scenario any_scenarios[] = {
    {"any_box_between", any_box_between},
    {"any_flags_between", any_flags_between},
    {"any_serves_itself", any_serves_itself},
    {"any_wake", any_wake},
    {"any_block", any_block},
    {"any_in_time", any_in_time},
    {"any_moved", any_moved},
    {"any_followed", any_followed},
    {"any_end", any_end},
    {"any_answers", any_answers},
    {"any_leaves", any_leaves},
};
SCENARIO_ROOM(any);
