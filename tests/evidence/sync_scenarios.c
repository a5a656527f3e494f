/* SPDX-License-Identifier: MIT */
/*
 * Mutexes, and conditions, at the end of chains as long as they may be, between round-robin threads, while the
 * deadline of who waits or is handed the mutex is the first of many.
 */
#include "arch/task_call.h"
#include "tests/evidence/puppets.h"

#define CHAIN CONFIG_INHERITANCE_CHAIN_MAX

static struct mutex mutexes[CHAIN];
static struct mutex mutex;
static status_t result, second;

static void mutexes_prepare(void) {
    for (unsigned i = 0; i < CHAIN; i++) {
        TAP_REQUIRE(mutex_init(&mutexes[i], NULL) == STATUS_OK, "a mutex");
    }
    TAP_REQUIRE(mutex_init(&mutex, NULL) == STATUS_OK, "a mutex");
}

static void puppets_set_level(unsigned count, unsigned level) {
    for (unsigned i = 0; i < count; i++) {
        TAP_REQUIRE(thread_set_priority(puppet_id(i), level) == STATUS_OK, "another level");
    }
}

/* --- Chains ------------------------------------------------------------------------------------ */

/* The first puppets own a mutex each and wait for that of the one before, below the actors' level;
 * the first of them waits for a message. */
static void chain_begin(unsigned length) {
    struct wait waits[CHAIN];
    mutexes_prepare();
    for (unsigned i = 0; i < length; i++) {
        waits[i] = (struct wait){.kind = i == 0 ? WAIT_RECEIVE : WAIT_LOCK,
                                 .mutex = i == 0 ? NULL : &mutexes[i - 1],
                                 .holds = &mutexes[i]};
    }
    events_arm_row(time_after(time_ticks(900000)), 20000, waits, length);
    puppets_set_level(length, EVIDENCE_BELOW);
}

static void chain_end(unsigned length) {
    puppets_set_level(length, EVIDENCE_PUPPET);
    events_call_off();
    TAP_EQ(puppets_waiting(), 0, "the chain is undone");
}

static void locks_in_vain(void) {
    result = mutex_lock_until(&mutexes[CHAIN - 1], events_base());
}

static void tries_in_vain(void) {
    result = mutex_try_lock(&mutexes[CHAIN - 1]);
}

static unsigned level_of_first;

static void observes_chain(void *unused) {
    (void)unused;
    (void)!thread_get_priority(puppet_id(0), &level_of_first);
}

/* A companion of the actor's level sees what the actor lends while it waits. */
static void sync_lock_chain(void) {
    puppets_begin();
    chain_begin(CHAIN);
    actor_run(tries_in_vain);
    TAP_EQ(result, STATUS_WOULD_BLOCK, "it is owned");
    thread_id_t actor = actor_begin(locks_in_vain, 0, false);
    thread_id_t observer = test_spawn(observes_chain, NULL, EVIDENCE_ACTOR - 1);
    actor_go();
    test_join(observer);
    TAP_EQ(level_of_first, EVIDENCE_ACTOR, "it lends its priority to the end of the chain");
    test_join(actor);
    TAP_EQ(result, STATUS_TIMED_OUT, "its time is up");
    observes_chain(NULL);
    TAP_EQ(level_of_first, EVIDENCE_BELOW, "and all is taken back");
    chain_end(CHAIN);
    puppets_end();
}

static void set_last(unsigned level) {
    result = thread_set_priority(puppet_id(CHAIN - 1), level);
}

static void raises_last(void) {
    set_last(EVIDENCE_ACTOR + 1);
}

static void lowers_last(void) {
    set_last(EVIDENCE_BELOW - 1);
}

static void sync_set_priority(void) {
    puppets_begin();
    chain_begin(CHAIN);
    actor_run(raises_last);
    observes_chain(NULL);
    TAP_EQ(level_of_first, EVIDENCE_ACTOR + 1, "raised along the chain");
    actor_run(lowers_last);
    observes_chain(NULL);
    TAP_EQ(level_of_first, EVIDENCE_BELOW, "and lowered");
    chain_end(CHAIN);
    puppets_end();
}

/* --- Handing over ------------------------------------------------------------------------------ */

static void unlocks(void) {
    result = mutex_lock(&mutex);
    second = mutex_unlock(&mutex);
}

static struct mailbox gate;
static struct message gate_storage, ticket;

static void waits_for_gate(void) {
    result = mutex_lock(&mutex);
    (void)!mailbox_receive_until(&gate, &ticket, INSTANT_NEVER);
}

static void holds_until_told(void) {
    waits_for_gate();
    second = mutex_unlock(&mutex);
}

static void gate_prepare(void) {
    mutexes_prepare();
    TAP_REQUIRE(mailbox_init(&gate, &gate_storage, sizeof gate_storage, EVIDENCE_MESSAGE, 1) ==
                    STATUS_OK,
                "a gate");
}

/* The actor has the mutex when the puppets, of which `count` wait for it, come. */
static void hand_over(void (*act)(void), unsigned count) {
    const struct wait waits[2] = {{.kind = WAIT_LOCK, .mutex = &mutex},
                                  {.kind = WAIT_LOCK, .mutex = &mutex}};
    gate_prepare();
    thread_id_t actor = actor_begin(act, 0, false);
    thread_sleep_us(10);
    events_arm_row(time_after(time_ms(1)), 1000, waits, count);
    TAP_EQ(mailbox_try_send(&gate, &ticket), STATUS_OK, "it may go on");
    actor_go();
    test_join(actor);
    TAP_EQ(result, STATUS_OK, "locked");
    TAP_OK(!events_first()->waits, "the first waiter had it");
    events_call_off();
}

static void sync_hand_over(void) {
    puppets_begin();
    hand_over(holds_until_told, 1);
    hand_over(holds_until_told, 2);
    hand_over(waits_for_gate, 2);
    TAP_EQ(events_first()->result, STATUS_OWNER_DIED, "which was told of the end");
    mutexes_prepare();
    actor_run(unlocks);
    TAP_OK(result == STATUS_OK && second == STATUS_OK, "with nobody there");
    puppets_end();
}

/* --- Closing ----------------------------------------------------------------------------------- */

static void closes(void) {
    second = mutex_close(&mutex);
}

static void owner_main(void *unused) {
    (void)unused;
    holds_until_told();
}

static void sync_close(void) {
    struct wait wait = {.kind = WAIT_LOCK, .mutex = &mutex};
    puppets_begin();
    gate_prepare();
    thread_id_t owner = test_spawn(owner_main, NULL, EVIDENCE_BELOW);
    thread_sleep_us(10);
    events_arm(time_after(time_ms(2)), 1000, &wait, true);
    actor_run(closes);
    TAP_EQ(second, STATUS_OK, "closed");
    TAP_EQ(puppets_with(STATUS_CLOSED), PUPPETS, "all are told");
    TAP_EQ(mailbox_try_send(&gate, &ticket), STATUS_OK, "the owner goes on");
    test_join(owner);
    TAP_EQ(second, STATUS_OK, "and gives it back");
    puppets_end();
}

/* --- Conditions -------------------------------------------------------------------------------- */

static struct condition changed;
static unsigned refusals_of_condition;

static void condition_prepare(void) {
    gate_prepare();
    TAP_REQUIRE(condition_init(&changed) == STATUS_OK, "a condition");
}

/* Woken by time while a companion owns the mutex. */
static void awaits_in_vain(void) {
    result = mutex_lock(&mutex);
    second = condition_wait_until(&changed, &mutex, events_base());
    (void)!mutex_unlock(&mutex);
}

/* Its level's other threads come to run while it waits: the first of them signals. */
static void signals_once(void *unused) {
    (void)unused;
    condition_signal(&changed);
}

static void waits_for_ever(void) {
    result = mutex_lock(&mutex);
    thread_id_t other = test_spawn(signals_once, NULL, EVIDENCE_ACTOR);
    second = inline_condition_wait(&changed, &mutex);
    (void)!mutex_unlock(&mutex);
    test_join(other);
}

static void signals(void) {
    result = mutex_lock(&mutex);
    condition_signal(&changed);
    second = mutex_unlock(&mutex);
}

static void signals_not_owning(void) {
    condition_signal(&changed);
    condition_signal(&changed);
}

static void broadcasts(void) {
    result = mutex_lock(&mutex);
    second = condition_broadcast(&changed);
    (void)!mutex_unlock(&mutex);
}

static void closes_condition(void) {
    second = condition_close(&changed);
    result = mutex_lock(&mutex);
    refusals_of_condition = (condition_wait(&changed, &mutex) == STATUS_CLOSED) +
                            (condition_close(&changed) == STATUS_CLOSED);
    (void)!mutex_unlock(&mutex);
}

static void sync_condition(void) {
    const struct wait wait = {.kind = WAIT_CONDITION, .condition = &changed, .mutex = &mutex};
    const struct wait waits[4] = {wait, wait, wait, wait};
    puppets_begin();
    condition_prepare();
    events_arm(time_after(time_ticks(500000)), 4000, NULL, false);
    events_lower(EVIDENCE_ACTOR); /* the actor is the first of several at its level */
    actor_run(awaits_in_vain);
    TAP_EQ(second, STATUS_TIMED_OUT, "nobody signals");
    events_pass();
    events_raise();
    events_arm_row(time_after(time_ms(1)), 1000, waits, ARRAY_SIZE(waits));
    actor_run(signals);
    TAP_EQ(puppets_waiting(), PUPPETS - 1, "one is signalled");
    actor_run(signals_not_owning);
    TAP_EQ(puppets_waiting(), PUPPETS - 3, "and two");
    actor_run(broadcasts);
    TAP_EQ(second, STATUS_OK, "and all");
    TAP_EQ(puppets_waiting(), PUPPETS - 4, "that were left");
    events_call_off();
    gate_prepare();
    actor_run(waits_for_ever);
    TAP_EQ(second, STATUS_OK, "a wait without a deadline");
    puppets_end();
}

static void sync_condition_close(void) {
    struct wait wait = {.kind = WAIT_CONDITION, .condition = &changed, .mutex = &mutex};
    puppets_begin();
    condition_prepare();
    events_arm(time_after(time_ms(4)), 1000, &wait, true);
    actor_run(closes_condition);
    TAP_EQ(second, STATUS_OK, "closed");
    TAP_EQ(puppets_with(STATUS_CLOSED), PUPPETS, "all are told");
    TAP_EQ(refusals_of_condition, 2, "and nobody waits any more");
    condition_prepare();
    events_arm(time_after(time_ms(4)), 1000, &wait, true);
    actor_run(broadcasts);
    TAP_EQ(second, STATUS_OK, "to all");
    TAP_EQ(puppets_with(STATUS_OK), PUPPETS, "all have gone on");
    puppets_end();
}

/* --- Refusals, ceilings, locking again ---------------------------------------------------------- */

static unsigned answered;

static void refused(void) {
    const struct mutex_attributes plain_ceiling = {.has_ceiling = true,
                                                   .ceiling = EVIDENCE_ACTOR + 2};
    const struct mutex_attributes low_ceiling = {.has_ceiling = true, .ceiling = EVIDENCE_BELOW};
    const struct mutex_attributes recursive = {.recursive = true};
    answered += mutex_lock(&mutex) == STATUS_OK;
    answered += mutex_lock(&mutex) == STATUS_DEADLOCK;
    answered += mutex_unlock(&mutex) == STATUS_OK;
    answered += mutex_unlock(&mutex) == STATUS_NOT_OWNER;
    answered += mutex_init(&mutex, &plain_ceiling) == STATUS_OK;
    answered += mutex_try_lock(&mutex) == STATUS_OK;
    answered += mutex_unlock(&mutex) == STATUS_OK;
    answered += mutex_lock_until(&mutex, (instant_t){0}) == STATUS_OK;
    answered += mutex_unlock(&mutex) == STATUS_OK;
    answered += mutex_init(&mutex, &low_ceiling) == STATUS_OK;
    answered += mutex_lock(&mutex) == STATUS_OUT_OF_RANGE;
    answered += mutex_init(&mutex, &recursive) == STATUS_OK;
    answered += mutex_lock(&mutex) == STATUS_OK;
    answered += mutex_try_lock(&mutex) == STATUS_OK;
    answered += mutex_unlock(&mutex) == STATUS_OK;
    answered += mutex_unlock(&mutex) == STATUS_OK;
    answered += mutex_close(&mutex) == STATUS_OK;
    answered += mutex_close(&mutex) == STATUS_CLOSED;
    answered += mutex_try_lock(&mutex) == STATUS_CLOSED;
    unsigned base = 0;
    answered += thread_get_base_priority(thread_self(), &base) == STATUS_OK;
}

static void ends_owning(void *unused) {
    (void)unused;
    result = mutex_lock(&mutex);
}

static void sync_refusals(void) {
    answered = 0;
    mutexes_prepare();
    actor_run(refused);
    TAP_EQ(answered, 20, "each call is answered");
    mutexes_prepare();
    test_join(test_spawn(ends_owning, NULL, EVIDENCE_ACTOR));
    TAP_EQ(inline_mutex_lock(&mutex), STATUS_OWNER_DIED, "its owner ended");
    TAP_EQ(mutex_unlock(&mutex), STATUS_OK, "it goes on");
}

static const struct scenario sync_scenarios[] = {
    {"sync_lock_chain", sync_lock_chain},
    {"sync_set_priority", sync_set_priority},
    {"sync_hand_over", sync_hand_over},
    {"sync_close", sync_close},
    {"sync_refusals", sync_refusals},
    {"sync_condition", sync_condition},
    {"sync_condition_close", sync_condition_close},
};
SCENARIO_ROOM(sync);
