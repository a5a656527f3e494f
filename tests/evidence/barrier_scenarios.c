/* SPDX-License-Identifier: MIT */
/*
 * Barriers of round-robin threads, while the deadline of who is woken, or who waits, is the first
 * of many.
 */
#include "kernel/sync/barrier.h"

#include "tests/evidence/puppets.h"

static struct barrier barrier;
static status_t result;
static bool last;
static instant_t answered;

static void prepare(uint64_t threads) {
    TAP_REQUIRE(barrier_init(&barrier, threads) == STATUS_OK, "a barrier");
    result = STATUS_BUSY;
    last = false;
}

static void comes(void) {
    result = barrier_wait_until(&barrier, &last, INSTANT_NEVER);
}

static void comes_for_ever(void) {
    result = inline_barrier_wait(&barrier, &last);
}

/* --- Coming last: the first who waits alone, and all of them -------------------------------------- */

static void barrier_wake(void) {
    struct wait wait = {.kind = WAIT_COME, .barrier = &barrier};
    puppets_begin();
    prepare(2);
    events_arm_soon(&wait);
    actor_run(comes);
    TAP_OK(result == STATUS_OK && last, "the last");
    TAP_OK(!events_first()->waits && events_first()->result == STATUS_OK, "the other is woken");
    events_call_off();
    prepare(PUPPETS + 1);
    events_arm(time_after(time_ms(1)), 1000, &wait, true);
    actor_run(comes_for_ever);
    TAP_OK(result == STATUS_OK && last, "the last");
    TAP_EQ(puppets_with(STATUS_OK), PUPPETS, "all are woken");
    puppets_end();
}

/* --- Waiting, and withdrawing: with a deadline before all others --------------------------------- */

static void waits_until(void) {
    result = barrier_wait_until(&barrier, NULL, events_base());
    answered = time_now();
}

static void companion(void *argument) {
    (void)argument;
    thread_exit(barrier_wait(&barrier, NULL));
}

static void barrier_block(void) {
    puppets_begin();
    prepare(3);
    thread_id_t id = test_spawn_round_robin(companion, NULL, EVIDENCE_ACTOR);
    events_arm(time_after(time_ticks(500000)), 4000, NULL, false);
    events_lower(EVIDENCE_ACTOR); /* the actor is the first of several at its level */
    actor_run(waits_until);
    TAP_EQ(result, STATUS_TIMED_OUT, "the third did not come");
    TAP_OK(!instant_before(answered, events_base()), "until the deadline");
    events_pass();
    events_raise();
    TAP_EQ(barrier_close(&barrier), STATUS_OK, "closed");
    TAP_EQ(test_join(id), STATUS_CLOSED, "the other one waited on");
    puppets_end();
}

/* Its time is over, but before it runs the others have come: it was part of the round. */
static void waits_briefly(void *argument) {
    (void)argument;
    thread_exit(barrier_wait_until(&barrier, &last, time_after(time_us(10))));
}

static void barrier_late(void) {
    prepare(2);
    thread_id_t id = test_spawn(waits_briefly, NULL, EVIDENCE_BELOW);
    thread_sleep_us(5);
    test_spin_until(time_after(time_us(20)));
    TAP_EQ(barrier_wait_until(&barrier, &last, (instant_t){0}), STATUS_OK, "the last");
    TAP_OK(last, "and told so");
    TAP_EQ(test_join(id), STATUS_OK, "the other came in time");
    TAP_OK(!last, "and was not the last");
}

/* Who is woken comes behind another of its level that is ready. */
static void nothing(void *argument) {
    (void)argument;
}

static void barrier_beside(void) {
    prepare(3);
    thread_id_t waits = test_spawn(companion, NULL, EVIDENCE_BELOW);
    thread_id_t second = test_spawn(companion, NULL, EVIDENCE_BELOW);
    thread_sleep_us(10);
    thread_id_t beside = test_spawn(nothing, NULL, EVIDENCE_BELOW);
    TAP_EQ(barrier_wait(&barrier, &last), STATUS_OK, "the last");
    test_join(beside);
    TAP_EQ(test_join(waits), STATUS_OK, "the one goes on");
    TAP_EQ(test_join(second), STATUS_OK, "and the other");
}

/* --- More than it is for: they complete the next round before all of this one are woken -------------- */

static unsigned came;

static void comes_once(void *argument) {
    (void)argument;
    came += barrier_wait(&barrier, NULL) == STATUS_OK;
}

/* Is woken first, and completes another round with two of its own: it has to help the lower one. */
static void comes_again(void *argument) {
    bool was_last = false;
    (void)argument;
    came += barrier_wait(&barrier, NULL) == STATUS_OK;
    thread_id_t ids[] = {test_spawn(comes_once, NULL, EVIDENCE_PUPPET + 3),
                         test_spawn(comes_once, NULL, EVIDENCE_PUPPET + 3)};
    came += barrier_wait(&barrier, &was_last) == STATUS_OK && was_last;
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        test_join(ids[i]);
    }
}

static void barrier_crowd(void) {
    prepare(3);
    came = 0;
    thread_id_t ids[] = {test_spawn(comes_again, NULL, EVIDENCE_PUPPET + 2),
                         test_spawn(comes_once, NULL, EVIDENCE_PUPPET)};
    TAP_EQ(barrier_wait(&barrier, &last), STATUS_OK, "a round of three");
    TAP_OK(last, "main is the last");
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        test_join(ids[i]);
    }
    TAP_EQ(came, 5, "both came, and one once more, with two others");
    TAP_EQ(barrier.rounds, 2, "in two rounds");
    prepare(1);
    TAP_EQ(barrier_wait(&barrier, &last), STATUS_OK, "who is alone does not wait");
    TAP_OK(last, "and is the last");
}

/* --- All answers, and closing ------------------------------------------------------------------- */

static unsigned answers;

static void asks(void) {
    answers += barrier_wait_until(&barrier, NULL, (instant_t){0}) == STATUS_TIMED_OUT;
    answers += barrier_close(&barrier) == STATUS_OK;
    answers += barrier_close(&barrier) == STATUS_CLOSED;
    answers += inline_barrier_wait(&barrier, NULL) == STATUS_CLOSED;
    answers += barrier_init(NULL, 1) == STATUS_INVALID_ARGUMENT;
    answers += barrier_init(&barrier, 0) == STATUS_OUT_OF_RANGE;
    answers += barrier_init(&barrier, CONFIG_THREAD_SLOTS + 1) == STATUS_OUT_OF_RANGE;
}

static void closes(void) {
    result = barrier_close(&barrier);
}

static void barrier_answers(void) {
    struct wait wait = {.kind = WAIT_COME, .barrier = &barrier};
    prepare(2);
    answers = 0;
    actor_run(asks);
    TAP_EQ(answers, 7, "each call is answered");
    puppets_begin();
    prepare(PUPPETS + 1);
    events_arm(time_after(time_ms(1)), 1000, &wait, true);
    actor_run(closes);
    TAP_EQ(result, STATUS_OK, "closed");
    TAP_EQ(puppets_with(STATUS_CLOSED), PUPPETS, "all are told");
    puppets_end();
}

static const struct scenario barrier_scenarios[] = {
    {"barrier_wake", barrier_wake},     {"barrier_block", barrier_block},
    {"barrier_late", barrier_late},     {"barrier_crowd", barrier_crowd},
    {"barrier_beside", barrier_beside}, {"barrier_answers", barrier_answers},
};
SCENARIO_ROOM(barrier);
