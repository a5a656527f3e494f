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

const struct action sync_actions[] = {
    {"gives", gives, ACTION_SYNC | ACTION_ALL_MODES},
    {"takes", takes, ACTION_SYNC | ACTION_ALL_MODES},
    {"takes_and_gives", takes_and_gives, ACTION_SYNC},
    {"gives_many", gives_many, ACTION_SYNC | ACTION_ALL_MODES},
    {"closes_units", closes_units, ACTION_SYNC | ACTION_ALL_MODES},
};
const unsigned sync_action_count = ARRAY_SIZE(sync_actions);
