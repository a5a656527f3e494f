/* SPDX-License-Identifier: MIT */
/* Periods and missed deadlines: the last record of all, with a deadline that is the first of many; and
 * each answer. */
#include "kernel/sched/edf.h"
#include "kernel/sync/miss_box.h"
#include "tests/evidence/puppets.h"

#define LONG (UINT64_C(1) << 40) /* ticks: no job is due so soon again */

static struct miss_box misses;
static struct deadline_miss told;
static struct periodic_state state;
static unsigned right;
static thread_id_t ended;

/* A job begins, with a deadline before all other events, and then another way. */
static status_t begin(instant_t first, duration_t deadline) {
    const struct periodic_attributes attributes = {
        .first = first, .period = {LONG}, .deadline = deadline, .tells = &misses};
    return periodic_begin(&attributes);
}

static duration_t until_events(void) {
    return (duration_t){instant_since(events_base(), time_now()).ticks};
}

static void leaves_a_deadline(void) {
    ended = thread_self();
    right += begin(time_now(), until_events()) == STATUS_OK;
    right += periodic_wait(NULL) == STATUS_OK;
}

static void begins_after_it(void) {
    right += begin(time_now(), until_events()) == STATUS_OK;
    right += periodic_wait(NULL) == STATUS_OK;
    right += begin(time_now(), until_events()) == STATUS_OK;
    right += periodic_wait(NULL) == STATUS_OK;
    right +=
        begin(time_after(time_us(20)), (duration_t){0}) == STATUS_OK; /* nothing is left armed */
    right += periodic_wait(NULL) == STATUS_OK;
    right += periodic_state(thread_self(), &state) == STATUS_OK;
}

static void period_last_record(void) {
    struct wait waits = {.kind = WAIT_PERIOD};
    right = 0;
    TAP_EQ(miss_box_init(&misses), STATUS_OK, "a box");
    puppets_begin();
    events_arm(time_after(time_ms(2)), 1000, &waits, true);
    events_lower(EVIDENCE_ACTOR);
    actor_run(leaves_a_deadline);
    actor_run(begins_after_it);
    TAP_EQ(right, 9, "each call is answered");
    TAP_EQ(state.misses, 0, "nothing was missed");
    events_raise();
    events_pass();
    puppets_end();
}

/* A second job overruns: its deadline is called off while it is the first, and set anew. */
static void overruns(void) {
    const struct periodic_attributes attributes = {
        .first = time_now(), .period = time_us(30), .deadline = time_us(100), .tells = &misses};
    uint64_t skipped = 0;
    right += periodic_begin(&attributes) == STATUS_OK;
    right += periodic_wait(&skipped) == STATUS_OK;
    test_spin_until(time_after(time_us(70)));
    right += periodic_wait(&skipped) == STATUS_OK && skipped == 1;
    right += periodic_wait(NULL) == STATUS_OK;
    right += periodic_state(thread_self(), &state) == STATUS_OK;
    right += begin(INSTANT_NEVER, (duration_t){0}) == STATUS_OK;
}

static void period_wait_first(void) {
    right = 0;
    TAP_EQ(miss_box_init(&misses), STATUS_OK, "a box");
    puppets_begin();
    events_arm(time_after(time_ms(2)), 1000, NULL, false);
    events_lower(EVIDENCE_ACTOR);
    actor_run(overruns);
    TAP_EQ(right, 6, "each call is answered");
    TAP_EQ(state.overruns, 1, "one job was too long");
    events_raise();
    events_pass();
    puppets_end();
}

/* --- Being told --------------------------------------------------------------------------------- */

static void misses_one(void *argument) {
    (void)argument;
    right += begin(time_now(), (duration_t){1}) == STATUS_OK;
    right += periodic_wait(NULL) == STATUS_OK;
    test_spin_until(time_after(time_us(2)));
}

static void is_told(void) {
    right += miss_box_wait(&misses, &told) == STATUS_OK;
}

static void period_told(void) {
    right = 0;
    TAP_EQ(miss_box_init(&misses), STATUS_OK, "a box");
    thread_id_t lower = test_spawn(misses_one, NULL, EVIDENCE_BELOW);
    actor_run(is_told);
    TAP_EQ(told.count, 1, "who waits is told");
    test_join(lower);
    test_join(test_spawn(misses_one, NULL, EVIDENCE_PUPPET));
    actor_run(is_told);
    TAP_EQ(told.count, 1, "who comes later, too");
    test_join(test_spawn(misses_one, NULL, EVIDENCE_PUPPET));
    test_join(test_spawn(misses_one, NULL, EVIDENCE_PUPPET)); /* takes that one's record */
    TAP_EQ(miss_box_try_wait(&misses, &told), STATUS_OK, "and who looks");
    TAP_EQ(miss_box_try_wait(&misses, &told), STATUS_WOULD_BLOCK, "there is no more");
    TAP_EQ(right, 10, "each call is answered");
    thread_id_t two[2];
    for (unsigned i = 0; i < 2; i++) {
        two[i] = test_spawn(misses_one, NULL, EVIDENCE_BELOW + i);
    }
    thread_sleep_us(100);
    TAP_EQ(miss_box_close(&misses), STATUS_OK, "closed, with two to tell of");
    for (unsigned i = 0; i < 2; i++) {
        test_join(two[i]);
    }
    test_join(test_spawn(misses_one, NULL, EVIDENCE_PUPPET));
    TAP_EQ(miss_box_try_wait(&misses, &told), STATUS_CLOSED, "nobody is told any more");
}

static void asks(void) {
    const struct periodic_attributes none = {.first = {1}};
    right += periodic_begin(&none) == STATUS_INVALID_ARGUMENT;
    right += periodic_wait(NULL) == STATUS_NOT_FOUND;
    right += periodic_state(thread_self(), &state) == STATUS_NOT_FOUND;
    right += periodic_state(THREAD_ID_NONE, &state) == STATUS_STALE;
    right += miss_box_init(NULL) == STATUS_INVALID_ARGUMENT;
    right += miss_box_init(&misses) == STATUS_OK;
    right += miss_box_close(&misses) == STATUS_OK;
    right += miss_box_close(&misses) == STATUS_CLOSED;
    right += miss_box_wait(&misses, &told) == STATUS_CLOSED;
}

static void takes_the_last(void *argument) {
    (void)argument;
    right += begin(INSTANT_NEVER, (duration_t){0}) == STATUS_NO_SLOT;
}

static struct mailbox gate;
static struct message gate_storage;

static void keeps_a_record(void *argument) {
    static struct message message;
    (void)argument;
    right += begin(INSTANT_NEVER, (duration_t){0}) == STATUS_OK;
    (void)!mailbox_receive_until(&gate, &message, INSTANT_NEVER);
}

static void period_answers(void) {
    thread_id_t ids[CONFIG_PERIODIC_THREADS];
    right = 0;
    actor_run(asks);
    TAP_EQ(right, 9, "each call is answered");
    right = 0;
    TAP_REQUIRE(mailbox_init(&gate, &gate_storage, sizeof gate_storage, EVIDENCE_MESSAGE, 1) ==
                    STATUS_OK,
                "a gate");
    for (unsigned i = 0; i < CONFIG_PERIODIC_THREADS; i++) {
        ids[i] = test_spawn(keeps_a_record, NULL, EVIDENCE_PUPPET);
    }
    test_join(test_spawn(takes_the_last, NULL, EVIDENCE_PUPPET));
    TAP_EQ(right, CONFIG_PERIODIC_THREADS + 1, "as many as there may be, and no more");
    TAP_EQ(mailbox_close(&gate), STATUS_OK, "all go");
    for (unsigned i = 0; i < CONFIG_PERIODIC_THREADS; i++) {
        test_join(ids[i]);
    }
}

static status_t result;

static void closes(void) {
    result = miss_box_close(&misses);
}

static void period_closes(void) {
    struct wait wait = {.kind = WAIT_TOLD, .misses = &misses};
    TAP_EQ(miss_box_init(&misses), STATUS_OK, "a box");
    puppets_begin();
    for (unsigned i = 0; i < PUPPETS; i++) {
        puppet_wait(i, &wait);
    }
    actor_run(closes);
    TAP_EQ(result, STATUS_OK, "closed");
    TAP_EQ(puppets_with(STATUS_CLOSED), PUPPETS, "all are told");
    puppets_end();
}

/* --- By deadline: many of a level, each with an earlier one than those before ------------------------ */

static unsigned finished;

static void runs_by_deadline(void *argument) {
    edf_set_deadline((instant_t){(uint64_t)(uintptr_t)argument});
    finished++;
}

static void sets_deadlines(void) {
    instant_t deadline = INSTANT_NEVER;
    edf_set_deadline(time_after(time_ms(1)));
    right += edf_get_deadline(thread_self(), &deadline) == STATUS_OK;
    right += edf_get_deadline(THREAD_ID_NONE, &deadline) == STATUS_STALE;
    edf_set_deadline(time_after(time_ms(3)));
    inline_thread_yield();
    edf_set_deadline(INSTANT_NEVER);
    right += edf_get_deadline(thread_self(), &deadline) == STATUS_OK;
}

#define MANY 20

static void period_by_deadline(void) {
    thread_id_t ids[MANY];
    right = 0;
    finished = 0;
    for (unsigned i = 0; i < MANY; i++) {
        ids[i] = test_spawn(runs_by_deadline, (void *)(uintptr_t)(LONG - i), EVIDENCE_ACTOR);
    }
    actor_run(sets_deadlines);
    for (unsigned i = 0; i < MANY; i++) {
        test_join(ids[i]);
    }
    TAP_EQ(finished, MANY, "all ran");
    TAP_EQ(right, 3, "each call is answered");
}

static void waits_by_deadline(void) {
    const struct periodic_attributes attributes = {.first = time_after(time_us(50)),
                                                   .period = time_us(50),
                                                   .deadline = time_us(500),
                                                   .by_deadline = true};
    const struct periodic_attributes no_deadline = {.period = {1}, .by_deadline = true};
    right += periodic_begin(&no_deadline) == STATUS_INVALID_ARGUMENT;
    right += periodic_begin(&attributes) == STATUS_OK;
    right += periodic_wait(NULL) == STATUS_OK;
    test_spin_until(time_after(time_us(120)));
    right += periodic_wait(NULL) == STATUS_OK;
    right += periodic_wait(NULL) == STATUS_OK;
    right += begin(INSTANT_NEVER, (duration_t){0}) == STATUS_OK;
}

/* Its release and its deadline before all other events. */
static void period_by_deadline_first(void) {
    right = 0;
    TAP_EQ(miss_box_init(&misses), STATUS_OK, "a box");
    puppets_begin();
    events_arm(time_after(time_ms(2)), 1000, NULL, false);
    events_lower(EVIDENCE_ACTOR);
    actor_run(waits_by_deadline);
    TAP_EQ(right, 6, "each call is answered");
    events_raise();
    events_pass();
    puppets_end();
}

static const struct scenario period_scenarios[] = {
    {"period_by_deadline", period_by_deadline},
    {"period_by_deadline_first", period_by_deadline_first},
    {"period_last_record", period_last_record},
    {"period_wait_first", period_wait_first},
    {"period_told", period_told},
    {"period_answers", period_answers},
    {"period_closes", period_closes},
};
SCENARIO_ROOM(period);
