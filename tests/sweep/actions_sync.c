/* SPDX-License-Identifier: MIT */
/* The most harmful legal things that can happen to the objects of kernel/sync. */
#include "tests/sweep/cast_sync.h"

static void answer(status_t status) {
    fact_set(scene.is_second ? FACT_SECOND : FACT_ACTION, status);
}

static void gives(void) {
    answer(units_give());
}

static void takes(void) {
    answer(units_try_take());
}

static void takes_and_gives(void) {
    answer(units_try_take());
    fact_set(FACT_GAIN, units_give());
}

static void gives_many(void) {
    int32_t count = 0;
    while (units_give() == STATUS_OK) {
        count++;
    }
    answer(count);
}

static void closes_units(void) {
    answer(semaphore_close(&units));
}

/* --- Event flags --- */

static void sets(void) {
    answer(event_flags_set(&signs, SIGN));
}

static void sets_other(void) {
    answer(event_flags_set(&signs, SIGN_OTHER));
}

static void clears(void) {
    answer(event_flags_clear(&signs, SIGN | SIGN_OTHER));
}

static void takes_sign(void) {
    int32_t seen;
    answer(signs_try(&seen));
    fact_set(FACT_GAIN, seen);
}

static void takes_sign_and_sets(void) {
    int32_t seen;
    (void)!signs_try(&seen);
    fact_set(FACT_GAIN, seen);
    answer(event_flags_set(&signs, SIGN | SIGN_OTHER));
}

static void closes_signs(void) {
    answer(event_flags_close(&signs));
}

const struct action sync_actions[] = {
    {"gives", gives, OF_UNITS | ACTION_ALL_MODES},
    {"takes", takes, OF_UNITS | ACTION_ALL_MODES},
    {"takes_and_gives", takes_and_gives, OF_UNITS},
    {"gives_many", gives_many, OF_UNITS | ACTION_ALL_MODES},
    {"closes_units", closes_units, OF_UNITS | ACTION_ALL_MODES},
    {"sets", sets, OF_SIGNS | ACTION_ALL_MODES},
    {"sets_other", sets_other, OF_SIGNS},
    {"clears", clears, OF_SIGNS},
    {"takes_sign", takes_sign, OF_SIGNS | ACTION_ALL_MODES},
    {"takes_sign_and_sets", takes_sign_and_sets, OF_SIGNS},
    {"closes_signs", closes_signs, OF_SIGNS | ACTION_ALL_MODES},
};
const unsigned sync_action_count = ARRAY_SIZE(sync_actions);
