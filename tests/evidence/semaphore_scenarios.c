/* SPDX-License-Identifier: MIT */
/*
 * Semaphores between round-robin threads, while the deadline of who is woken, or who waits, is the
 * first of many.
 */
#include "kernel/sync/semaphore.h"

#include "arch/task_call.h"
#include "tests/evidence/puppets.h"

static struct semaphore units;
static status_t result;
static instant_t answered;

static void prepare(uint64_t count) {
    TAP_REQUIRE(semaphore_init(&units, count, 2) == STATUS_OK, "a semaphore");
}

/* --- Giving: the taker's deadline is called off, and it runs at once --------------------------- */

static void gives(void) {
    result = inline_semaphore_give(&units);
}

static void semaphore_wake(void) {
    struct wait wait = {.kind = WAIT_TAKE, .units = &units};
    puppets_begin();
    prepare(0);
    events_arm_soon(&wait);
    actor_run(gives);
    TAP_EQ(result, STATUS_OK, "given");
    TAP_OK(!events_first()->waits && events_first()->result == STATUS_OK, "the taker is woken");
    events_call_off();
    puppets_end();
}

/* --- Taking: behind another of the same level, with a deadline before all others ---------------- */

static void takes_until(void) {
    result = inline_semaphore_take_until(&units, events_base());
    answered = time_now();
}

static void takes(void) {
    result = inline_semaphore_take(&units);
}

static void companion(void *argument) {
    (void)argument;
    thread_exit(semaphore_take_until(&units, INSTANT_NEVER));
}

static void timed_companion(void *argument) {
    (void)argument;
    thread_exit(semaphore_take_until(&units, time_after(time_ms(1))));
}

static void semaphore_block(void) {
    puppets_begin();
    prepare(0);
    thread_id_t id = test_spawn_round_robin(companion, NULL, EVIDENCE_ACTOR);
    events_arm(time_after(time_ticks(500000)), 4000, NULL, false);
    events_lower(EVIDENCE_ACTOR); /* the actor is the first of several at its level */
    actor_run(takes_until);
    TAP_EQ(result, STATUS_TIMED_OUT, "no unit came");
    TAP_OK(!instant_before(answered, events_base()), "until the deadline");
    events_pass();
    events_raise();
    TAP_EQ(semaphore_close(&units), STATUS_OK, "closed");
    TAP_EQ(test_join(id), STATUS_CLOSED, "the other one waited on");
    puppets_end();
}

static void semaphore_block_for_ever(void) {
    prepare(0);
    thread_id_t other = test_spawn_round_robin(companion, NULL, EVIDENCE_ACTOR);
    thread_sleep_us(10);
    thread_id_t actor = actor_begin(takes, 0, false);
    actor_go();
    TAP_EQ(semaphore_give(&units), STATUS_OK, "for the companion");
    TAP_EQ(semaphore_give(&units), STATUS_OK, "and for the actor");
    TAP_EQ(test_join(other), STATUS_OK, "which has it");
    test_join(actor);
    TAP_EQ(result, STATUS_OK, "which has it, too");
}

/* --- All answers -------------------------------------------------------------------------------- */

static unsigned answers;

/* As it goes when the unit came between the first look, which found none, and the door. */
static status_t enters(uint64_t deadline) {
    return task_call_semaphore_take((uint64_t)(uintptr_t)&units, deadline);
}

static void asks(void) {
    const instant_t past = {0};
    answers += inline_semaphore_try_take(&units) == STATUS_WOULD_BLOCK;
    answers += inline_semaphore_take_until(&units, past) == STATUS_TIMED_OUT;
    answers += inline_semaphore_give(&units) == STATUS_OK;
    answers += inline_semaphore_give(&units) == STATUS_OK;
    answers += inline_semaphore_give(&units) == STATUS_FULL;
    answers += inline_semaphore_count(&units) == 2;
    answers += inline_semaphore_try_take(&units) == STATUS_OK;
    answers += enters(UINT64_MAX) == STATUS_OK;
    answers += inline_semaphore_give(&units) == STATUS_OK;
    answers += inline_semaphore_take_until(&units, past) == STATUS_OK;
    answers += inline_semaphore_give(&units) == STATUS_OK;
    answers += inline_semaphore_take(&units) == STATUS_OK;
    answers += semaphore_close(&units) == STATUS_OK;
    answers += semaphore_close(&units) == STATUS_CLOSED;
    answers += inline_semaphore_try_take(&units) == STATUS_CLOSED;
    answers += inline_semaphore_take(&units) == STATUS_CLOSED;
    answers += inline_semaphore_give(&units) == STATUS_CLOSED;
    answers += semaphore_init(NULL, 0, 1) == STATUS_INVALID_ARGUMENT;
    answers += semaphore_init(&units, 0, 0) == STATUS_OUT_OF_RANGE;
    answers += semaphore_init(&units, 2, 1) == STATUS_OUT_OF_RANGE;
}

/* Where an interrupt's handler gives, with what it may find. */
static void asks_masked(void) {
    arch_irq_mask();
    answers += semaphore_give_irq(&units) == STATUS_OK;
    answers += semaphore_give_irq(&units) == STATUS_OK;
    answers += semaphore_give_irq(&units) == STATUS_OK;
    answers += semaphore_give_irq(&units) == STATUS_OK;
    answers += semaphore_give_irq(&units) == STATUS_FULL;
    arch_irq_unmask();
    inline_thread_yield();
    (void)semaphore_close(&units);
    arch_irq_mask();
    answers += semaphore_give_irq(&units) == STATUS_CLOSED;
    arch_irq_unmask();
}

/* Is told of the close, and gives while another still waits. */
static void gives_when_told(void *argument) {
    (void)argument;
    result = semaphore_take_until(&units, INSTANT_NEVER);
    arch_irq_mask();
    answers += semaphore_give_irq(&units) == STATUS_CLOSED;
    arch_irq_unmask();
    answers += inline_semaphore_give(&units) == STATUS_CLOSED;
}

static void semaphore_gives_late(void) {
    prepare(0);
    answers = 0;
    thread_id_t lower = test_spawn_round_robin(companion, NULL, EVIDENCE_ACTOR);
    thread_id_t higher = test_spawn(gives_when_told, NULL, EVIDENCE_PUPPET);
    thread_sleep_us(10);
    TAP_EQ(semaphore_close(&units), STATUS_OK, "closed");
    TAP_EQ(test_join(lower), STATUS_CLOSED, "who still waited got nothing");
    TAP_EQ(test_join(higher), 0, "from who was told first");
    TAP_EQ(answers, 2, "and was refused");
}

/* Who is woken comes behind another of its level that is ready. */
static void nothing(void *argument) {
    (void)argument;
}

static status_t gives_masked(void) {
    arch_irq_mask();
    status_t status = semaphore_give_irq(&units);
    arch_irq_unmask();
    return status;
}

static void semaphore_beside(void) {
    thread_id_t waits[2];
    prepare(0);
    for (unsigned i = 0; i < ARRAY_SIZE(waits); i++) {
        waits[i] = test_spawn(timed_companion, NULL, EVIDENCE_BELOW);
    }
    thread_sleep_us(10);
    thread_id_t beside = test_spawn(nothing, NULL, EVIDENCE_BELOW);
    TAP_EQ(inline_semaphore_give(&units), STATUS_OK, "for the one");
    TAP_EQ(gives_masked(), STATUS_OK, "for the other");
    test_join(beside);
    for (unsigned i = 0; i < ARRAY_SIZE(waits); i++) {
        TAP_EQ(test_join(waits[i]), STATUS_OK, "each has its unit");
    }
    const thread_entry alone[] = {timed_companion, companion};
    for (unsigned i = 0; i < ARRAY_SIZE(alone); i++) {
        thread_id_t id = test_spawn(alone[i], NULL, EVIDENCE_BELOW);
        thread_sleep_us(10);
        TAP_EQ(gives_masked(), STATUS_OK, "for the only one of its level");
        TAP_EQ(test_join(id), STATUS_OK, "which has it");
    }
}

static void semaphore_answers(void) {
    prepare(0);
    answers = 0;
    actor_run(asks);
    TAP_EQ(answers, 20, "each call is answered");
    prepare(0);
    answers = 0;
    thread_id_t id = test_spawn_round_robin(companion, NULL, EVIDENCE_ACTOR);
    thread_id_t timed = test_spawn_round_robin(timed_companion, NULL, EVIDENCE_ACTOR);
    thread_sleep_us(10);
    actor_run(asks_masked);
    TAP_EQ(test_join(id), STATUS_OK, "a waiter has the one");
    TAP_EQ(test_join(timed), STATUS_OK, "and one with a deadline the other");
    TAP_EQ(answers, 6, "at the doors, too");
}

/* --- Closing: every puppet waits, and its deadline is the first of those left ---------------------- */

static void closes(void) {
    result = semaphore_close(&units);
}

static void semaphore_closes(void) {
    struct wait wait = {.kind = WAIT_TAKE, .units = &units};
    puppets_begin();
    prepare(0);
    events_arm(time_after(time_ms(1)), 1000, &wait, true);
    actor_run(closes);
    TAP_EQ(result, STATUS_OK, "closed");
    TAP_EQ(puppets_with(STATUS_CLOSED), PUPPETS, "all are told");
    puppets_end();
}

static const struct scenario semaphore_scenarios[] = {
    {"semaphore_wake", semaphore_wake},
    {"semaphore_block", semaphore_block},
    {"semaphore_block_for_ever", semaphore_block_for_ever},
    {"semaphore_beside", semaphore_beside},
    {"semaphore_answers", semaphore_answers},
    {"semaphore_gives_late", semaphore_gives_late},
    {"semaphore_closes", semaphore_closes},
};
SCENARIO_ROOM(semaphore);
