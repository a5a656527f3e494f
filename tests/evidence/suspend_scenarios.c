/* SPDX-License-Identifier: MIT */
/* Suspending and resuming in every state, among round-robin threads; and who is woken meanwhile. */
#include "kernel/ipc/mailbox.h"
#include "kernel/sched/cpu_time.h"
#include "kernel/sched/thread_view.h"
#include "kernel/sync/semaphore.h"
#include "kernel/sync/wait_any.h"
#include "tests/evidence/puppets.h"

static unsigned right;
static thread_id_t others[3];

static void idles(void *argument) {
    (void)argument;
    thread_exit(4);
}

static void ready_ones(void) {
    right += thread_suspend(others[1]) == STATUS_OK; /* between two of its level */
    right += thread_suspend(others[1]) == STATUS_BUSY;
    right += thread_suspend(others[0]) == STATUS_OK; /* the oldest of its level */
    right += thread_resume(others[1]) == STATUS_OK;
    right += thread_resume(others[1]) == STATUS_NOT_FOUND;
    right += thread_resume(others[0]) == STATUS_OK;
    right += thread_suspend(others[2]) == STATUS_OK;
    right += thread_suspend(THREAD_ID_NONE) == STATUS_STALE;
    right += thread_resume(THREAD_ID_NONE) == STATUS_STALE;
    right += thread_set_priority(others[2], EVIDENCE_PUPPET) == STATUS_OK;
    right += thread_resume(others[2]) == STATUS_OK; /* above: it runs at once */
    right += thread_suspend(others[2]) == STATUS_STALE;
    right += thread_resume(others[2]) == STATUS_STALE; /* ended, not joined */
}

static void suspend_ready(void) {
    right = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(others); i++) {
        others[i] = test_spawn_round_robin(idles, NULL, EVIDENCE_BELOW);
    }
    actor_run(ready_ones);
    for (unsigned i = 0; i < ARRAY_SIZE(others); i++) {
        TAP_EQ(test_join(others[i]), 4, "each ran in the end");
    }
    TAP_EQ(right, 13, "each call is answered");
    thread_id_t alone = test_spawn(idles, NULL, EVIDENCE_BELOW);
    TAP_EQ(thread_suspend(alone), STATUS_OK, "the only one of its level is suspended");
    TAP_EQ(thread_resume(alone), STATUS_OK, "and resumed");
    TAP_EQ(test_join(alone), 4, "and ran");
    TAP_EQ(thread_suspend(alone), STATUS_STALE, "it is gone");
    TAP_EQ(thread_resume(alone), STATUS_STALE, "for both");
}

static thread_id_t actor;

static void suspends_itself(void) {
    right += thread_suspend(thread_self()) == STATUS_OK;
}

/* Of a level with company, and the same alone, above all. */
static void suspends_alone(void *argument) {
    (void)argument;
    suspends_itself();
}

static void suspend_self(void) {
    right = 0;
    actor = actor_begin(suspends_itself, 0, false);
    actor_go();
    TAP_EQ(thread_resume(actor), STATUS_OK, "the actor is resumed");
    test_join(actor);
    thread_id_t higher = test_spawn_round_robin(suspends_alone, NULL, EVIDENCE_PUPPET);
    TAP_EQ(thread_resume(higher), STATUS_OK, "the higher one is resumed");
    test_join(higher);
    thread_id_t lower = test_spawn(suspends_alone, NULL, EVIDENCE_BELOW);
    thread_sleep_us(10);
    TAP_EQ(thread_resume(lower), STATUS_OK, "a lower one is resumed");
    test_join(lower);
    lower = test_spawn(suspends_alone, NULL, EVIDENCE_BELOW);
    thread_sleep_us(10);
    thread_id_t beside = test_spawn(idles, NULL, EVIDENCE_BELOW);
    TAP_EQ(thread_resume(lower), STATUS_OK, "one is resumed behind another of its level");
    TAP_EQ(test_join(beside), 4, "which ends");
    test_join(lower);
    TAP_EQ(right, 4, "each went on");
}

/* --- Woken while suspended: the wait ends, and its deadline is called off; or the deadline comes --- */

static struct mailbox box;
static struct message box_storage;
static struct message message;
static struct semaphore units;
static status_t result;

static void tries_send(void) {
    result = mailbox_try_send(&box, &message);
}

static void gives(void) {
    result = semaphore_give(&units);
}

static void wake_held(const struct wait *wait, void (*act)(void)) {
    events_arm_soon(wait);
    TAP_EQ(thread_suspend(puppet_id(0)), STATUS_OK, "the first is suspended");
    actor_run(act);
    TAP_OK(result == STATUS_OK && events_first()->waits, "it is served, and does not run");
    TAP_EQ(thread_resume(puppet_id(0)), STATUS_OK, "until it is resumed");
    TAP_OK(!events_first()->waits && events_first()->result == STATUS_OK, "with what it was given");
    events_call_off();
}

static void suspend_woken(void) {
    struct wait receives = {.kind = WAIT_RECEIVE, .box = &box};
    struct wait takes = {.kind = WAIT_TAKE, .units = &units};
    TAP_REQUIRE(mailbox_init(&box, &box_storage, sizeof box_storage, EVIDENCE_MESSAGE, 1) ==
                        STATUS_OK &&
                    semaphore_init(&units, 0, 1) == STATUS_OK,
                "a mailbox and a semaphore");
    puppets_begin();
    wake_held(&receives, tries_send);
    wake_held(&takes, gives);
    puppets_end();
}

static void waits_for_ever(void *argument) {
    (void)argument;
    thread_exit(semaphore_take(&units));
}

static void sleeps(void *argument) {
    (void)argument;
    thread_sleep_us(100);
    thread_exit(5);
}

static void joins(void *argument) {
    thread_exit(thread_join_until(*(thread_id_t *)argument, NULL, time_after(time_us(100))));
}

static void suspend_waiting(void) {
    TAP_REQUIRE(semaphore_init(&units, 0, 1) == STATUS_OK, "a semaphore");
    thread_id_t waiter = test_spawn(waits_for_ever, NULL, EVIDENCE_PUPPET);
    TAP_EQ(thread_suspend(waiter), STATUS_OK, "who waits for ever");
    TAP_EQ(thread_resume(waiter), STATUS_OK, "waits on");
    TAP_EQ(thread_suspend(waiter), STATUS_OK, "is suspended again");
    TAP_EQ(semaphore_give(&units), STATUS_OK, "and served");
    TAP_EQ(thread_suspend(waiter), STATUS_BUSY, "it is suspended still");
    TAP_EQ(thread_resume(waiter), STATUS_OK, "and goes on");
    TAP_EQ(test_join(waiter), STATUS_OK, "with its unit");
    thread_id_t sleeper = test_spawn(sleeps, NULL, EVIDENCE_PUPPET);
    thread_id_t joiner = test_spawn(joins, &sleeper, EVIDENCE_PUPPET);
    TAP_EQ(thread_suspend(sleeper), STATUS_OK, "who sleeps");
    TAP_EQ(thread_resume(sleeper), STATUS_OK, "sleeps on");
    TAP_EQ(thread_suspend(sleeper), STATUS_OK, "is suspended again");
    TAP_EQ(thread_suspend(joiner), STATUS_OK, "who joins, too");
    thread_sleep_us(200);
    TAP_EQ(thread_resume(joiner), STATUS_OK, "both times are over");
    TAP_EQ(test_join(joiner), STATUS_TIMED_OUT, "who joined timed out");
    TAP_EQ(thread_resume(sleeper), STATUS_OK, "who slept goes on");
    TAP_EQ(test_join(sleeper), 5, "to its end");
}

/* --- Looking at them, in each state --------------------------------------------------------------- */

static unsigned looked_at;

static void looks(void) {
    struct thread_view view;
    looked_at = 0;
    for (unsigned slot = 0; slot <= thread_slots_total(); slot++) {
        const status_t status = thread_view_of(slot, &view);
        looked_at |= status == STATUS_OK          ? 1u << view.state
                     : status == STATUS_NOT_FOUND ? 1u << 30
                                                  : 1u << 31;
    }
}

static void waits_for_any(void *argument) {
    struct wait_for either[] = {wait_for_unit(&units), wait_for_moment(INSTANT_NEVER)};
    unsigned which;
    (void)argument;
    thread_exit(wait_any_until(either, ARRAY_SIZE(either), INSTANT_NEVER, &which));
}

static void view_states(void) {
    static const struct thread_attributes nameless = {.priority = EVIDENCE_PUPPET};
    thread_id_t any;
    static const struct thread_attributes named = {.name = "a name that is longer than is shown",
                                                   .priority = EVIDENCE_BELOW};
    thread_id_t ids[3];
    TAP_REQUIRE(semaphore_init(&units, 0, 1) == STATUS_OK, "a semaphore");
    thread_id_t waiter = test_spawn(waits_for_ever, NULL, EVIDENCE_PUPPET);
    TAP_REQUIRE(thread_spawn(waits_for_any, NULL, &nameless, &any) == STATUS_OK, "one without");
    thread_id_t sleeper = test_spawn(sleeps, NULL, EVIDENCE_PUPPET);
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        TAP_REQUIRE(thread_spawn(idles, NULL, &named, &ids[i]) == STATUS_OK, "one with a name");
        TAP_REQUIRE(thread_count_time(ids[i]) == STATUS_OK, "it is counted");
    }
    TAP_EQ(thread_suspend(ids[0]), STATUS_OK, "one is suspended");
    TAP_EQ(thread_set_priority(ids[1], EVIDENCE_PUPPET), STATUS_OK, "one has ended");
    actor_run(looks);
    const unsigned seen = 1u << 30 | 1u << 31 | 1u << THREAD_VIEW_RUNS | 1u << THREAD_VIEW_READY |
                          1u << THREAD_VIEW_WAITS | 1u << THREAD_VIEW_WAITS_TIME |
                          1u << THREAD_VIEW_SUSPENDED | 1u << THREAD_VIEW_ENDED |
                          1u << THREAD_VIEW_WAITS_ANY;
    TAP_EQ(looked_at & seen, seen, "each state is seen");
    TAP_EQ(thread_resume(ids[0]), STATUS_OK, "it goes on");
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        TAP_EQ(test_join(ids[i]), 4, "each ran in the end");
    }
    TAP_EQ(test_join(sleeper), 5, "who slept, too");
    TAP_EQ(semaphore_give(&units), STATUS_OK, "and who waited");
    TAP_EQ(test_join(waiter), STATUS_OK, "has its unit");
    TAP_EQ(semaphore_give(&units), STATUS_OK, "and one for who waited for two things");
    TAP_EQ(test_join(any), STATUS_OK, "who has it");
}

static const struct scenario suspend_scenarios[] = {
    {"view_states", view_states},         {"suspend_ready", suspend_ready},
    {"suspend_self", suspend_self},       {"suspend_woken", suspend_woken},
    {"suspend_waiting", suspend_waiting},
};
SCENARIO_ROOM(suspend);
