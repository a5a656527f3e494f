/* SPDX-License-Identifier: MIT */
/*
 * A period of 20 ms, kept for ever. Each wait is for an absolute moment, the last one plus the
 * period: being late once does not move the next, so there is no drift. (Sleeping "for 20 ms" would
 * add up every delay.)
 */
#define LOG_MODULE "periodic"

#include "kernel/console/log.h"
#include "kernel/sched/thread.h"
#include "lib/bound.h"
#include "services/demo/demo.h"

#define PERIOD_MS    20
#define REPORT_EVERY 100 /* periods */

void periodic_run(void *unused) {
    (void)unused;
    instant_t next = time_now();
    for (;;) {
        next = instant_add(next, time_ms(PERIOD_MS));
        thread_sleep_until(next);
        uint32_t late_us = (uint32_t)time_to_us(instant_since(time_now(), next).ticks);
        if (late_us > demo_counts.late_max_us) {
            demo_counts.late_max_us = late_us;
        }
        demo_counts.periods++;
        if (demo_counts.periods % REPORT_EVERY == 0) {
            log_info("period %u began %u us late, the worst so far %u us", demo_counts.periods,
                     late_us, demo_counts.late_max_us);
        }
    }
}
BOUND_STACK(periodic_run, 0);
