/* SPDX-License-Identifier: MIT */
/* Operations: barriers. */
#include "tests/sweep/cast_sync.h"

static void of_three(void) {
    check(barrier_init(&rounds, 3) == STATUS_OK);
}

static void closed_before(void) {
    (void)barrier_close(&rounds);
}

static void high_comer(void) {
    peer_comes(LEVEL_HIGH_PEER, false);
}

static void low_comer(void) {
    peer_comes(LEVEL_LOW_PEER, false);
}

static void equal_comer(void) {
    peer_comes(LEVEL_SUBJECT, false);
}

static void high_comer_timed(void) {
    peer_comes(LEVEL_HIGH_PEER, true);
}

static void low_comer_timed(void) {
    peer_comes(LEVEL_LOW_PEER, true);
}

static void two_comers(void) {
    of_three();
    peer_comes(LEVEL_HIGH_PEER, true);
    extra_comes();
}

static void wait_to(instant_t deadline) {
    fact_set(FACT_SUBJECT, rounds_wait(deadline));
}

static void wait(void) {
    wait_to(scene.own_deadline);
}

static void wait_for_ever(void) {
    bool last = false;
    fact_set(FACT_SUBJECT, barrier_wait(&rounds, &last));
    fact_set(FACT_VALUE, last);
}

static void wait_past(void) {
    wait_to((instant_t){1});
}

static void wait_briefly(void) {
    wait_to(instant_add(scene.start, (duration_t){BRIEF}));
}

static void close(void) {
    fact_set(FACT_SUBJECT, barrier_close(&rounds));
}

static void init(void) {
    static struct barrier other;
    fact_set(FACT_SUBJECT, barrier_init(&other, 2));
}

/* The releaser is the last, or it does not wait: it has to come to its end. */
static void release_comes(void) {
    fact_set(FACT_RELEASE, rounds_wait((instant_t){0}));
}

static void release_closes_rounds(void) {
    fact_set(FACT_RELEASE, barrier_close(&rounds));
}

static const struct op barrier_table[] = {
    {"barrier_first", "barrier", NULL, NULL, wait, release_comes, NULL,
     OF_ROUNDS | OP_DEADLINE | OP_WAITS},
    {"barrier_for_ever", "barrier", NULL, NULL, wait_for_ever, release_comes, NULL,
     OF_ROUNDS | OP_WAITS},
    {"barrier_past", "barrier", NULL, NULL, wait_past, NULL, NULL, OF_ROUNDS},
    {"barrier_times_out", "barrier", NULL, NULL, wait_briefly, release_spins, NULL,
     OF_ROUNDS | OP_SPINS | OP_WAITS},
    {"barrier_waits_closed", "barrier", NULL, NULL, wait, release_closes_rounds, NULL,
     OF_ROUNDS | OP_DEADLINE | OP_WAITS},
    {"barrier_closed", "barrier", closed_before, NULL, wait, NULL, NULL, OF_ROUNDS},
    {"barrier_high_comer", "barrier", high_comer, NULL, wait, NULL, NULL, OF_ROUNDS | OP_DEADLINE},
    {"barrier_low_comer", "barrier", low_comer, NULL, wait, NULL, NULL, OF_ROUNDS | OP_DEADLINE},
    {"barrier_equal_comer", "barrier", equal_comer, NULL, wait, NULL, NULL,
     OF_ROUNDS | OP_DEADLINE},
    {"barrier_high_timed", "barrier", high_comer_timed, NULL, wait, release_comes, NULL,
     OF_ROUNDS | OP_DEADLINE | OP_TIMED_PEER},
    {"barrier_low_timed", "barrier", low_comer_timed, NULL, wait, release_comes, NULL,
     OF_ROUNDS | OP_DEADLINE | OP_TIMED_PEER},
    {"barrier_two", "barrier", two_comers, NULL, wait, release_comes, NULL,
     OF_ROUNDS | OP_DEADLINE | OP_TIMED_PEER | OP_WAITS},
    {"barrier_close_idle", "barrier", NULL, NULL, close, NULL, NULL, OF_ROUNDS | OP_LOOSE},
    {"barrier_close_again", "barrier", closed_before, NULL, close, NULL, NULL, OF_ROUNDS},
    {"barrier_close_two", "barrier", two_comers, NULL, close, NULL, NULL,
     OF_ROUNDS | OP_LOOSE | OP_TIMED_PEER},
    {"barrier_init", "barrier", NULL, NULL, init, NULL, NULL, OF_ROUNDS},
};
OP_TABLE(barrier);
