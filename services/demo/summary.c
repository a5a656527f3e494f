/* SPDX-License-Identifier: MIT */
/* One line every second: what everybody has counted so far. */
#define LOG_MODULE "summary"

#include "kernel/console/log.h"
#include "kernel/sched/thread.h"
#include "lib/bound.h"
#include "services/demo/demo.h"

void summary_run(void *unused) {
    (void)unused;
    const struct demo_counts *counts = &demo_counts;
    instant_t next = time_now();
    for (uint32_t second = 1;; second++) {
        next = instant_add(next, time_ms(1000));
        thread_sleep_until(next);
        log_info("%u s: sent %u, received %u, timed out %u | %u periods, %u us late | "
                 "joined %u, detached %u | %u hog turns",
                 second, counts->sent, counts->received, counts->timed_out, counts->periods,
                 counts->late_max_us, counts->joined, counts->detached, counts->hog_turns);
    }
}
BOUND_STACK(summary_run, 0);
