/* SPDX-License-Identifier: MIT */
/* Operations: periods, and being told of missed deadlines. */
#include "kernel/sched/edf.h"
#include "kernel/sched/periodic.h"
#include "tests/sweep/cast_sync.h"

static const struct periodic_attributes late = {.first = {1}, .period = {FAR}, .deadline = {FAR}};

static void begin_period(const struct periodic_attributes *attributes) {
    check(periodic_begin(attributes) == STATUS_OK);
}

/* A job is under way, and its deadline is armed. */
static void in_a_job(void) {
    begin_period(&late);
    check(periodic_wait(NULL) == STATUS_OK);
}

/* The same, and the next one is due at `start`. */
static void in_a_job_until_start(void) {
    const struct periodic_attributes attributes = {
        .first = {1}, .period = {scene.start.ticks - 1}, .deadline = {FAR}};
    begin_period(&attributes);
    check(periodic_wait(NULL) == STATUS_OK);
}

/* The first job comes soon. */
static void before_a_job(void) {
    const struct periodic_attributes attributes = {
        .first = instant_add(scene.start, (duration_t){BRIEF}), .period = {FAR}, .deadline = {FAR}};
    begin_period(&attributes);
}

static void begins_late(void) {
    begin_period(&late);
}

static void missing_child(void *argument) {
    (void)argument;
    (void)misses_now();
    (void)!thread_join_until(scene.id[ROLE_TARGET], NULL, INSTANT_NEVER);
}

/* It has missed when the subject begins. */
static void who_has_missed(void) {
    const struct thread_attributes attributes = {.name = "child", .priority = LEVEL_HIGH_PEER};
    check(thread_spawn(missing_child, NULL, &attributes, &scene.child) == STATUS_OK);
}

static void told_peer(void) {
    peer_is_told(LEVEL_HIGH_PEER);
}

static void closed_before(void) {
    (void)miss_box_close(&misses);
}

static void begin(void) {
    fact_set(FACT_SUBJECT, periodic_begin(&late));
}

static void wait(void) {
    uint64_t skipped = 0;
    fact_set(FACT_SUBJECT, periodic_wait(&skipped));
    fact_set(FACT_VALUE, (int32_t)skipped);
}

static void wait_for_release(void) {
    status_t status = periodic_wait(NULL);
    bool early = instant_before(time_now(), instant_add(scene.start, (duration_t){BRIEF}));
    fact_set(FACT_SUBJECT, early ? TORN : status);
}

static void state(void) {
    struct periodic_state state = {0};
    fact_set(FACT_SUBJECT, periodic_state(scene.child, &state));
    fact_set(FACT_VALUE, (int32_t)(state.jobs + 10 * state.misses));
}

static void state_of_none(void) {
    struct periodic_state state = {0};
    fact_set(FACT_SUBJECT, periodic_state(scene.id[ROLE_TARGET], &state));
}

static void told(void) {
    struct deadline_miss miss = {.count = 0};
    fact_set(FACT_SUBJECT, miss_box_wait(&misses, &miss));
    fact_set(FACT_VALUE, (int32_t)miss.count);
}

static void try_told(void) {
    struct deadline_miss miss = {.count = 0};
    fact_set(FACT_SUBJECT, miss_box_try_wait(&misses, &miss));
    fact_set(FACT_VALUE, (int32_t)miss.count);
}

static void close(void) {
    fact_set(FACT_SUBJECT, miss_box_close(&misses));
}

static void init(void) {
    static struct miss_box other;
    fact_set(FACT_SUBJECT, miss_box_init(&other));
}

static void release_misses(void) {
    fact_set(FACT_RELEASE, misses_now());
}

static void release_closes_misses(void) {
    fact_set(FACT_RELEASE, miss_box_close(&misses));
}

/* --- By deadline --- */

static int32_t ran;

static void runs_by_deadline(void *argument) {
    edf_set_deadline((instant_t){(uint64_t)(uintptr_t)argument});
    fact_set(FACT_OTHER, ++ran);
}

/* Ready at the subject's level, with a deadline that is later; until it has said so it comes first. */
static void beside(uint64_t deadline) {
    const struct thread_attributes attributes = {.name = "child", .priority = LEVEL_SUBJECT};
    ran = 0;
    check(thread_spawn(runs_by_deadline, (void *)(uintptr_t)deadline, &attributes, &scene.child) ==
          STATUS_OK);
}

static void later_one(void) {
    beside(FAR);
    edf_set_deadline((instant_t){FAR / 2});
}

static void only_one(void) {
    edf_set_deadline((instant_t){FAR / 2});
}

static void runs_by_deadline_late(void) {
    const struct periodic_attributes attributes = {
        .first = {1}, .period = {FAR}, .deadline = {FAR}, .by_deadline = true};
    begin_period(&attributes);
}

/* The other one is first then, and runs to its end. */
static void set_later(void) {
    edf_set_deadline((instant_t){2 * FAR});
    fact_set(FACT_SUBJECT, ran);
}

static void set_earlier(void) {
    edf_set_deadline((instant_t){FAR / 4});
    fact_set(FACT_SUBJECT, STATUS_OK);
}

static void set_none(void) {
    edf_set_deadline(INSTANT_NEVER);
    fact_set(FACT_SUBJECT, STATUS_OK);
}

static void get(void) {
    instant_t deadline = {0};
    fact_set(FACT_SUBJECT, edf_get_deadline(scene.id[ROLE_SUBJECT], &deadline));
    fact_set(FACT_VALUE, deadline.ticks == FAR / 2);
}

static const struct op period_table[] = {
    {"period_begin", "period", NULL, NULL, begin, NULL, NULL, OF_PERIODS},
    {"period_begin_again", "period", NULL, in_a_job, begin, NULL, NULL, OF_PERIODS},
    {"period_wait_none", "period", NULL, NULL, wait, NULL, NULL, OF_PERIODS},
    {"period_wait_due", "period", NULL, begins_late, wait, NULL, NULL, OF_PERIODS},
    {"period_wait_overrun", "period", NULL, in_a_job_until_start, wait, NULL, NULL, OF_PERIODS},
    {"period_wait_release", "period", NULL, before_a_job, wait_for_release, release_spins, NULL,
     OF_PERIODS | OP_SPINS | OP_WAITS},
    {"period_state", "period", who_has_missed, NULL, state, NULL, NULL, OF_PERIODS},
    {"period_state_none", "period", NULL, NULL, state_of_none, NULL, NULL, OF_PERIODS},
    {"miss_wait_told", "period", who_has_missed, NULL, told, NULL, NULL, OF_PERIODS},
    {"miss_wait_missed", "period", NULL, NULL, told, release_misses, NULL,
     OF_PERIODS | OP_WAITS | OP_SPINS},
    {"miss_wait_closed", "period", NULL, NULL, told, release_closes_misses, NULL,
     OF_PERIODS | OP_WAITS},
    {"miss_wait_closed_before", "period", closed_before, NULL, told, NULL, NULL, OF_PERIODS},
    {"miss_try_wait", "period", who_has_missed, NULL, try_told, NULL, NULL, OF_PERIODS},
    {"miss_try_wait_none", "period", NULL, NULL, try_told, NULL, NULL, OF_PERIODS},
    {"miss_box_close_waiter", "period", told_peer, NULL, close, NULL, NULL, OF_PERIODS | OP_LOOSE},
    {"miss_box_close_untold", "period", who_has_missed, NULL, close, NULL, NULL,
     OF_PERIODS | OP_LOOSE},
    {"miss_box_init", "period", NULL, NULL, init, NULL, NULL, OF_PERIODS},
};
OP_TABLE(period);

/* Whoever is first of the level for a moment, before all are compared, may be interrupted then: so
 * OP_SPINS, by which the subject may follow anybody. */
static const struct op edf_table[] = {
    {"edf_set_later", "edf", NULL, later_one, set_later, NULL, NULL,
     OP_LOOSE | OP_SPINS | OP_ORDERED},
    {"edf_set_earlier", "edf", NULL, later_one, set_earlier, NULL, NULL, OP_SPINS | OP_ORDERED},
    {"edf_set_first", "edf", NULL, NULL, set_earlier, NULL, NULL, OP_SPINS | OP_ORDERED},
    {"edf_set_none", "edf", NULL, later_one, set_none, NULL, NULL, OP_SPINS | OP_ORDERED},
    {"edf_get", "edf", NULL, only_one, get, NULL, NULL, OP_ORDERED},
    {"edf_wait_due", "edf", NULL, runs_by_deadline_late, wait, NULL, NULL, OP_ORDERED},
};
OP_TABLE(edf);
