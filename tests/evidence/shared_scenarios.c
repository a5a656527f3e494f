/* SPDX-License-Identifier: MIT */
/*
 * Reader-writer locks between round-robin threads, while the deadline of who waits or is let in is
 * the first of many.
 */
#include "arch/task_call.h"
#include "tests/evidence/puppets.h"

static struct rwlock shared;
static status_t result, second;

static void prepare(uint64_t readers) {
    TAP_REQUIRE(rwlock_init(&shared, readers) == STATUS_OK, "a lock");
}

/* --- Letting in: a puppet, whose deadline is called off, and it runs at once -------------------- */

static void leaves_reading(void) {
    result = rwlock_read_unlock(&shared);
}

static void leaves_writing(void) {
    result = rwlock_write_unlock(&shared);
}

static void enters_and_leaves(void (*enter)(void), void (*leave)(void)) {
    enter();
    leave();
}

static struct mailbox gate;
static struct message gate_storage, ticket;

static void waits_at_gate(void) {
    (void)!mailbox_receive_until(&gate, &ticket, INSTANT_NEVER);
}

static void enters_reading(void) {
    second = inline_rwlock_read_lock(&shared);
    waits_at_gate();
}

static void enters_writing(void) {
    second = inline_rwlock_write_lock(&shared);
    waits_at_gate();
}

static void reads(void) {
    enters_and_leaves(enters_reading, leaves_reading);
}

static void writes(void) {
    enters_and_leaves(enters_writing, leaves_writing);
}

/* The actor is inside when the puppets come. */
static void let_in(void (*act)(void), enum wait_kind kind) {
    const struct wait wait = {.kind = kind, .shared = &shared};
    const struct wait waits[2] = {wait, wait};
    prepare(1);
    TAP_REQUIRE(mailbox_init(&gate, &gate_storage, sizeof gate_storage, EVIDENCE_MESSAGE, 1) ==
                    STATUS_OK,
                "a gate");
    result = second = STATUS_BUSY;
    thread_id_t actor = actor_begin(act, 0, false);
    thread_sleep_us(10);
    events_arm_row(time_after(time_ms(1)), 1000, waits, ARRAY_SIZE(waits));
    TAP_EQ(puppets_waiting(), PUPPETS, "two wait to enter");
    TAP_EQ(mailbox_try_send(&gate, &ticket), STATUS_OK, "the actor goes on");
    actor_go();
    test_join(actor);
    TAP_OK(result == STATUS_OK && second == STATUS_OK, "it entered and left");
    TAP_EQ(puppets_waiting(), PUPPETS - 2, "and let both in");
    events_call_off();
}

static void shared_let_in(void) {
    puppets_begin();
    let_in(reads, WAIT_WRITE);
    let_in(writes, WAIT_WRITE);
    let_in(writes, WAIT_READ);
    puppets_end();
}

/* --- Waiting, behind another of the same level, until a deadline before all others --------------- */

static void reads_in_vain(void) {
    result = rwlock_read_lock_until(&shared, events_base());
}

static void writes_in_vain(void) {
    result = rwlock_write_lock_until(&shared, events_base());
}

static void companion_writes(void *unused) {
    (void)unused;
    thread_exit(rwlock_write_lock_until(&shared, INSTANT_NEVER));
}

static void wait_deep(void (*act)(void)) {
    prepare(1);
    TAP_EQ(rwlock_write_lock(&shared), STATUS_OK, "main writes");
    thread_id_t id = test_spawn_round_robin(companion_writes, NULL, EVIDENCE_ACTOR);
    events_arm(time_after(time_ticks(500000)), 4000, NULL, false);
    events_lower(EVIDENCE_ACTOR); /* the actor is the first of several at its level */
    actor_run(act);
    TAP_EQ(result, STATUS_TIMED_OUT, "nobody leaves");
    events_pass();
    events_raise();
    TAP_EQ(rwlock_close(&shared), STATUS_OK, "closed");
    TAP_EQ(test_join(id), STATUS_CLOSED, "the other one waited on");
    TAP_EQ(rwlock_write_unlock(&shared), STATUS_OK, "main leaves");
}

static void shared_wait(void) {
    puppets_begin();
    wait_deep(reads_in_vain);
    wait_deep(writes_in_vain);
    puppets_end();
}

/* --- Whoever gives up lets in whom it kept out ----------------------------------------------------- */

static void shared_gives_up(void) {
    const struct wait waits[2] = {{.kind = WAIT_WRITE, .shared = &shared},
                                  {.kind = WAIT_READ, .shared = &shared}};
    puppets_begin();
    prepare(2);
    TAP_EQ(rwlock_read_lock(&shared), STATUS_OK, "main reads");
    events_arm_row(time_after(time_ms(1)), 100000, waits, ARRAY_SIZE(waits));
    thread_sleep_until(instant_add(events_base(), time_ticks(150000)));
    TAP_EQ(events_first()->result, STATUS_TIMED_OUT, "the writer's time is up");
    TAP_EQ(puppets_waiting(), PUPPETS - 2, "and the reader has been inside");
    TAP_EQ(rwlock_read_unlock(&shared), STATUS_OK, "main leaves");
    events_call_off();
    puppets_end();
}

/* --- Closing, refusals ------------------------------------------------------------------------------ */

static void closes(void) {
    result = rwlock_close(&shared);
}

static void shared_close(void) {
    struct wait wait = {.kind = WAIT_READ, .shared = &shared};
    puppets_begin();
    prepare(1);
    TAP_EQ(rwlock_write_lock(&shared), STATUS_OK, "main writes");
    events_arm(time_after(time_ms(4)), 1000, &wait, true);
    actor_run(closes);
    TAP_EQ(result, STATUS_OK, "closed");
    TAP_EQ(puppets_with(STATUS_CLOSED), PUPPETS, "all are told");
    TAP_EQ(rwlock_write_unlock(&shared), STATUS_OK, "main leaves");
    puppets_end();
}

static unsigned answered;

static void refused(void) {
    const instant_t past = {0};
    answered += rwlock_read_unlock(&shared) == STATUS_NOT_OWNER;
    answered += rwlock_write_unlock(&shared) == STATUS_NOT_OWNER;
    answered += rwlock_read_lock_until(&shared, past) == STATUS_OK;
    answered += rwlock_read_lock_until(&shared, past) == STATUS_TIMED_OUT;
    answered += rwlock_write_lock_until(&shared, past) == STATUS_TIMED_OUT;
    answered += rwlock_read_unlock(&shared) == STATUS_OK;
    answered += rwlock_close(&shared) == STATUS_OK;
    answered += rwlock_close(&shared) == STATUS_CLOSED;
    answered += rwlock_read_lock_until(&shared, past) == STATUS_CLOSED;
    answered += rwlock_write_lock_until(&shared, past) == STATUS_CLOSED;
    answered += rwlock_init(NULL, 1) == STATUS_INVALID_ARGUMENT;
    answered += rwlock_init(&shared, 0) == STATUS_OUT_OF_RANGE;
}

static void shared_refusals(void) {
    prepare(1);
    answered = 0;
    actor_run(refused);
    TAP_EQ(answered, 12, "each call is answered");
}

static const struct scenario shared_scenarios[] = {
    {"shared_let_in", shared_let_in},     {"shared_wait", shared_wait},
    {"shared_gives_up", shared_gives_up}, {"shared_close", shared_close},
    {"shared_refusals", shared_refusals},
};
SCENARIO_ROOM(shared);
