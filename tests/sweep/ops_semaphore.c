/* SPDX-License-Identifier: MIT */
/* Operations: semaphores. */
#include "tests/sweep/cast_sync.h"

static void one_unit(void) {
    units_fill(1);
}

static void full(void) {
    units_fill(UNITS_MAX);
}

static void closed_before(void) {
    (void)semaphore_close(&units);
}

static void high_taker(void) {
    peer_takes(LEVEL_HIGH_PEER, false);
}

static void low_taker(void) {
    peer_takes(LEVEL_LOW_PEER, false);
}

static void equal_taker(void) {
    peer_takes(LEVEL_SUBJECT, false);
}

static void high_taker_timed(void) {
    peer_takes(LEVEL_HIGH_PEER, true);
}

static void low_taker_timed(void) {
    peer_takes(LEVEL_LOW_PEER, true);
}

static void two_takers(void) {
    peer_takes(LEVEL_HIGH_PEER, true);
    extra_takes();
}

static void try_take(void) {
    fact_set(FACT_SUBJECT, units_try_take());
}

static void take(void) {
    fact_set(FACT_SUBJECT, units_take(scene.own_deadline));
}

static void take_for_ever(void) {
    fact_set(FACT_SUBJECT, units_count_taken(semaphore_take(&units)));
}

static void take_past(void) {
    fact_set(FACT_SUBJECT, units_take((instant_t){1}));
}

static void take_briefly(void) {
    fact_set(FACT_SUBJECT, units_take(instant_add(scene.start, (duration_t){BRIEF})));
}

static void give(void) {
    fact_set(FACT_SUBJECT, units_give());
}

static void close(void) {
    fact_set(FACT_SUBJECT, semaphore_close(&units));
}

static void release_gives(void) {
    fact_set(FACT_RELEASE, units_give());
}

static void release_closes_units(void) {
    fact_set(FACT_RELEASE, semaphore_close(&units));
}

static void count(void) {
    fact_set(FACT_SUBJECT, (int32_t)semaphore_count(&units));
}

static void init(void) {
    static struct semaphore other;
    fact_set(FACT_SUBJECT, semaphore_init(&other, 1, 2));
}

static const struct op semaphore_table[] = {
    {"try_take_one", "semaphore", one_unit, NULL, try_take, NULL, NULL, OF_UNITS},
    {"try_take_none", "semaphore", NULL, NULL, try_take, NULL, NULL, OF_UNITS},
    {"try_take_closed", "semaphore", closed_before, NULL, try_take, NULL, NULL, OF_UNITS},
    {"take_one", "semaphore", one_unit, NULL, take, NULL, NULL, OF_UNITS | OP_DEADLINE},
    {"take_none", "semaphore", NULL, NULL, take, release_gives, NULL,
     OF_UNITS | OP_DEADLINE | OP_WAITS},
    {"take_none_for_ever", "semaphore", NULL, NULL, take_for_ever, release_gives, NULL,
     OF_UNITS | OP_WAITS},
    {"take_none_past", "semaphore", NULL, NULL, take_past, NULL, NULL, OF_UNITS},
    {"take_none_closed", "semaphore", NULL, NULL, take, release_closes_units, NULL,
     OF_UNITS | OP_DEADLINE | OP_WAITS},
    {"take_high_taker", "semaphore", high_taker, NULL, take, release_gives, NULL,
     OF_UNITS | OP_DEADLINE},
    {"take_low_taker", "semaphore", low_taker_timed, NULL, take, release_gives, NULL,
     OF_UNITS | OP_DEADLINE | OP_TIMED_PEER},
    {"take_times_out", "semaphore", NULL, NULL, take_briefly, release_spins, NULL,
     OF_UNITS | OP_SPINS | OP_WAITS},
    {"give_room", "semaphore", one_unit, NULL, give, NULL, NULL, OF_UNITS},
    {"give_full", "semaphore", full, NULL, give, NULL, NULL, OF_UNITS},
    {"give_closed", "semaphore", closed_before, NULL, give, NULL, NULL, OF_UNITS},
    {"give_low_taker", "semaphore", low_taker, NULL, give, NULL, NULL, OF_UNITS},
    {"give_high_taker", "semaphore", high_taker, NULL, give, NULL, NULL, OF_UNITS},
    {"give_equal_taker", "semaphore", equal_taker, NULL, give, NULL, NULL, OF_UNITS},
    {"give_low_timed", "semaphore", low_taker_timed, NULL, give, NULL, NULL,
     OF_UNITS | OP_TIMED_PEER},
    {"give_high_timed", "semaphore", high_taker_timed, NULL, give, NULL, NULL,
     OF_UNITS | OP_TIMED_PEER},
    {"semaphore_close_idle", "semaphore", one_unit, NULL, close, NULL, NULL, OF_UNITS | OP_LOOSE},
    {"semaphore_close_again", "semaphore", closed_before, NULL, close, NULL, NULL, OF_UNITS},
    {"semaphore_close_takers", "semaphore", two_takers, NULL, close, NULL, NULL,
     OF_UNITS | OP_LOOSE | OP_TIMED_PEER},
    {"semaphore_count", "semaphore", one_unit, NULL, count, NULL, NULL, OF_UNITS},
    {"semaphore_init", "semaphore", NULL, NULL, init, NULL, NULL, OF_UNITS},
};
OP_TABLE(semaphore);
