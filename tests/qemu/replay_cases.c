/* SPDX-License-Identifier: MIT */
/*
 * A case that fails: the example of docs/replay.md. A thread that ages readings goes one cell too
 * far, and the limit behind them is no longer what it was. The failure is seen elsewhere, later,
 * and by another thread. Run alone.
 */
#include "tests/qemu/groups.h"

#define READINGS 4

static uint32_t cells[READINGS + 1]; /* the readings, and behind them their limit */

NOINLINE static void age(unsigned first, unsigned last) {
    for (unsigned i = first; i <= last; i++) {
        cells[i] -= cells[i] / 4;
    }
}

static void ager(void *argument) {
    (void)argument;
    for (unsigned turn = 0; turn < 3; turn++) {
        thread_sleep_us(200);
        age(0, turn == 1 ? READINGS : READINGS - 1); /* the mistake: a count for an index */
    }
}

static void replay_example(void) {
    for (unsigned i = 0; i < READINGS; i++) {
        cells[i] = 10 * i;
    }
    cells[READINGS] = 100;
    thread_id_t helper = test_spawn(ager, NULL, CONFIG_MAIN_PRIORITY + 1);
    TAP_EQ(cells[READINGS], 100, "the limit is set");
    test_join(helper);
    TAP_EQ(cells[READINGS], 100, "the limit is as it was set");
    TAP_OK(cells[READINGS - 1] < cells[READINGS], "the readings are below it");
}

static const struct test_case replay_cases[] = {
    {"replay_example", replay_example, TEST_ALONE},
};
TEST_GROUP(replay);
