/* SPDX-License-Identifier: MIT */
/* All curves, one group after the other. */
#include "bench/curve.h"

void bench_curves(void) {
    curve_threads();
    curve_deadlines();
    curve_timers();
    curve_mailboxes();
    curve_undisturbed();
    curve_heap();
    curve_frames();
}
