/* SPDX-License-Identifier: MIT */
/*
 * Event flags between round-robin threads, while the deadline of who is woken, or who waits, is the
 * first of many; and sets that find another under way.
 */
#include "kernel/sync/event_flags.h"

#include "arch/task_call.h"
#include "kernel/sync/event_flags_internal.h"
#include "tests/evidence/puppets.h"

static struct event_flags flags;
static status_t result;
static instant_t answered;

static void prepare(uint64_t value) {
    TAP_REQUIRE(event_flags_init(&flags, value) == STATUS_OK, "event flags");
}

/* --- Setting: the first waiter's deadline is called off; all of them; and some that stay -------- */

static void sets(void) {
    result = event_flags_set(&flags, 3);
}

static void event_wake(void) {
    struct wait wait = {.kind = WAIT_WATCH, .flags = &flags};
    puppets_begin();
    prepare(0);
    events_arm_soon(&wait);
    actor_run(sets);
    TAP_EQ(result, STATUS_OK, "set");
    TAP_OK(!events_first()->waits && events_first()->result == STATUS_OK, "the waiter is woken");
    events_call_off();
    prepare(0);
    events_arm(time_after(time_ms(1)), 1000, &wait, true);
    actor_run(sets);
    TAP_EQ(puppets_with(STATUS_OK), PUPPETS, "all are woken");
    TAP_EQ(event_flags_value(&flags), 2, "and each cleared its bit");
    puppets_end();
}

/* --- Waiting: behind another of the same level, with a deadline before all others ---------------- */

static void waits_until(void) {
    result = event_flags_wait_until(&flags, 4, EVENT_FLAGS_ANY, NULL, events_base());
    answered = time_now();
}

static void waits(void) {
    uint64_t seen = 0;
    result = inline_event_flags_wait(&flags, 4, EVENT_FLAGS_ANY, &seen);
    TAP_EQ(seen, 5, "what was set");
}

static void companion(void *argument) {
    (void)argument;
    thread_exit(event_flags_wait(&flags, 4, EVENT_FLAGS_ALL, NULL));
}

static void event_block(void) {
    puppets_begin();
    prepare(0);
    thread_id_t id = test_spawn_round_robin(companion, NULL, EVIDENCE_ACTOR);
    events_arm(time_after(time_ticks(500000)), 4000, NULL, false);
    events_lower(EVIDENCE_ACTOR); /* the actor is the first of several at its level */
    actor_run(waits_until);
    TAP_EQ(result, STATUS_TIMED_OUT, "nothing was set");
    TAP_OK(!instant_before(answered, events_base()), "until the deadline");
    events_pass();
    events_raise();
    TAP_EQ(event_flags_close(&flags), STATUS_OK, "closed");
    TAP_EQ(test_join(id), STATUS_CLOSED, "the other one waited on");
    puppets_end();
}

static void event_block_for_ever(void) {
    prepare(1);
    thread_id_t other = test_spawn_round_robin(companion, NULL, EVIDENCE_ACTOR);
    thread_sleep_us(10);
    thread_id_t actor = actor_begin(waits, 0, false);
    actor_go();
    TAP_EQ(event_flags_set(&flags, 2), STATUS_OK, "not for them: they change their queue");
    TAP_EQ(event_flags_clear(&flags, 2), STATUS_OK, "cleared again");
    TAP_EQ(event_flags_set(&flags, 4), STATUS_OK, "for both");
    TAP_EQ(test_join(other), STATUS_OK, "the companion has it");
    test_join(actor);
    TAP_EQ(result, STATUS_OK, "and the actor, too");
}

/* --- In the middle of a set: the first to be woken, higher than the others, acts ------------------ */

static void (*act)(void);

static void acts(void *argument) {
    (void)argument;
    status_t status = event_flags_wait(&flags, 1, EVENT_FLAGS_ANY, NULL);
    act();
    thread_exit(status);
}

static void waits_again(void) {
    result = event_flags_wait_until(&flags, 8, EVENT_FLAGS_ANY, NULL, (instant_t){0});
}

static void tries_again(void) {
    result = event_flags_try_wait(&flags, 8, EVENT_FLAGS_ANY, NULL);
}

/* As wait_any() does. */
static void looks_again(void) {
    struct event_flags_want want = {.bits = 8, .mode = EVENT_FLAGS_ANY};
    result = event_flags_look(&flags, &want);
}

static void sets_again(void) {
    result = event_flags_set(&flags, 5);
}

static void closes_again(void) {
    result = event_flags_close(&flags);
}

static void in_a_set(void (*does)(void), status_t expected) {
    struct wait wait = {.kind = WAIT_WATCH, .flags = &flags};
    prepare(0);
    act = does;
    result = STATUS_BUSY;
    thread_id_t id = test_spawn_round_robin(acts, NULL, EVIDENCE_PUPPET + 1);
    events_arm(time_after(time_ms(1)), 1000, &wait, true);
    TAP_EQ(event_flags_set(&flags, 1), STATUS_OK, "set");
    TAP_EQ(test_join(id), STATUS_OK, "the first to be woken");
    TAP_EQ(result, expected, "found the set at its end");
    TAP_EQ(puppets_with(STATUS_OK), PUPPETS, "and it came to all");
}

/* Sets twice over while one is under way, and a close before they begin. */
static void sets_as_well(void *argument) {
    thread_exit(event_flags_wait(&flags, 1, EVENT_FLAGS_ANY, NULL) == STATUS_OK
                    ? event_flags_set(&flags, (uint64_t)(uintptr_t)argument)
                    : STATUS_BUSY);
}

static void event_in_a_set(void) {
    puppets_begin();
    in_a_set(waits_again, STATUS_TIMED_OUT);
    in_a_set(tries_again, STATUS_WOULD_BLOCK);
    in_a_set(looks_again, STATUS_WOULD_BLOCK);
    in_a_set(sets_again, STATUS_OK);
    in_a_set(closes_again, STATUS_OK);
    puppets_end();
    prepare(0);
    thread_id_t ids[3];
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        ids[i] = test_spawn(sets_as_well, (void *)(uintptr_t)(2u << i), EVIDENCE_PUPPET + i);
    }
    TAP_EQ(event_flags_set(&flags, 1), STATUS_OK, "a set that three others come behind");
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        TAP_EQ(test_join(ids[i]), STATUS_OK, "each is done");
    }
    TAP_EQ(event_flags_value(&flags), 15, "and all bits are set");
}

/* --- All answers -------------------------------------------------------------------------------- */

static unsigned answers;

/* As it goes when what is wanted came between the first look and the door. */
static status_t enters(unsigned mode, uint64_t deadline) {
    struct event_flags_want want = {.bits = 1, .mode = mode};
    status_t status = task_call_event_flags_wait((uint64_t)(uintptr_t)&flags,
                                                 (uint64_t)(uintptr_t)&want, deadline);
    return status == STATUS_OK && want.seen != 7 ? STATUS_MALFORMED : status;
}

static status_t try_bits(uint64_t bits, unsigned mode) {
    return event_flags_try_wait(&flags, bits, mode, NULL);
}

static void asks(void) {
    const instant_t past = {0};
    uint64_t seen = 0;
    answers += try_bits(0, EVENT_FLAGS_ANY) == STATUS_INVALID_ARGUMENT;
    answers += try_bits(1, 4) == STATUS_INVALID_ARGUMENT;
    answers += event_flags_wait_until(&flags, 0, 0, NULL, past) == STATUS_INVALID_ARGUMENT;
    answers += event_flags_wait_until(&flags, 1, 4, NULL, past) == STATUS_INVALID_ARGUMENT;
    answers += event_flags_set(&flags, 7) == STATUS_OK;
    answers += enters(EVENT_FLAGS_ANY, UINT64_MAX) == STATUS_OK;
    answers += enters(EVENT_FLAGS_ALL | EVENT_FLAGS_CLEAR, UINT64_MAX) == STATUS_OK;
    answers += enters(EVENT_FLAGS_ANY, 0) == STATUS_TIMED_OUT;
    answers += event_flags_set(&flags, 1) == STATUS_OK;
    answers += event_flags_wait_until(&flags, 3, 3, &seen, past) == STATUS_OK && seen == 7;
    answers += inline_event_flags_value(&flags) == 4;
    answers += event_flags_try_wait(&flags, 6, 2, &seen) == STATUS_OK && seen == 4;
    answers += inline_event_flags_wait(&flags, 8, 0, NULL) == STATUS_OK;
    answers += event_flags_close(&flags) == STATUS_OK;
    answers += event_flags_close(&flags) == STATUS_CLOSED;
    answers += event_flags_set(&flags, 1) == STATUS_CLOSED;
    answers += event_flags_clear(&flags, 1) == STATUS_CLOSED;
    answers += try_bits(1, EVENT_FLAGS_ANY) == STATUS_CLOSED;
    answers += inline_event_flags_wait(&flags, 1, EVENT_FLAGS_ANY, NULL) == STATUS_CLOSED;
    answers += enters(EVENT_FLAGS_ANY, UINT64_MAX) == STATUS_CLOSED;
    answers += event_flags_init(NULL, 0) == STATUS_INVALID_ARGUMENT;
}

/* For the wait of bit 3 in the middle of the actor's answers. */
static void sets_bit_3(void *argument) {
    (void)argument;
    (void)event_flags_set(&flags, 8);
}

static void event_answers(void) {
    prepare(0);
    answers = 0;
    thread_id_t id = test_spawn(sets_bit_3, NULL, EVIDENCE_BELOW);
    actor_run(asks);
    test_join(id);
    TAP_EQ(answers, 21, "each call is answered");
}

/* --- Closing: every puppet waits, and its deadline is the first of those left ---------------------- */

static void closes(void) {
    result = event_flags_close(&flags);
}

static void event_closes(void) {
    struct wait wait = {.kind = WAIT_WATCH, .flags = &flags};
    puppets_begin();
    prepare(0);
    events_arm(time_after(time_ms(1)), 1000, &wait, true);
    actor_run(closes);
    TAP_EQ(result, STATUS_OK, "closed");
    TAP_EQ(puppets_with(STATUS_CLOSED), PUPPETS, "all are told");
    puppets_end();
}

static const struct scenario event_scenarios[] = {
    {"event_wake", event_wake},
    {"event_block", event_block},
    {"event_block_for_ever", event_block_for_ever},
    {"event_in_a_set", event_in_a_set},
    {"event_answers", event_answers},
    {"event_closes", event_closes},
};
SCENARIO_ROOM(event);
