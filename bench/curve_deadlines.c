/* SPDX-License-Identifier: MIT */
/*
 * Over the number of ready jobs of one level that runs by deadline: from the release of a job whose
 * deadline is before all of theirs to its first instruction. It comes at the end of their ring, so it
 * is compared with every one of them.
 */
#include "bench/crowd.h"
#include "bench/curve.h"
#include "kernel/sched/edf.h"
#include "kernel/sched/periodic.h"

#define ROUNDS   8
#define JOBS_MAX 50
#define PERIOD   20000 /* ticks: longer than two comparisons of all, at the release and at its end */

static volatile bool stop;

/* The later spawned, the earlier its deadline. */
static void has_more_time(void *argument) {
    (void)edf_set_deadline((instant_t){UINT64_MAX - 1 - (uintptr_t)argument});
    while (!stop) {
    }
}

static void is_released(void *argument) {
    const struct periodic_attributes attributes = {.first = time_after(time_ticks(PERIOD)),
                                                   .period = {PERIOD},
                                                   .deadline = {PERIOD},
                                                   .by_deadline = true};
    uint64_t when = attributes.first.ticks;
    bench_must(periodic_begin(&attributes), "begin");
    for (unsigned i = 0; i < ROUNDS; i++) {
        bench_must(periodic_wait(NULL), "wait");
        figure_add_value(argument, time_now().ticks - when);
        when += PERIOD;
    }
    stop = true;
}

void curve_deadlines(void) {
    static thread_id_t ids[JOBS_MAX];
    unsigned most = crowd_max() < JOBS_MAX ? crowd_max() : JOBS_MAX;
    for (unsigned n = 1; n <= most; n++) {
        struct figure released = {0};
        stop = false;
        for (unsigned i = 0; i < n; i++) {
            ids[i] = bench_spawn(has_more_time, (void *)(uintptr_t)i, BENCH_MIDDLE);
        }
        bench_join(bench_spawn(is_released, &released, BENCH_MIDDLE));
        for (unsigned i = 0; i < n; i++) {
            bench_join(ids[i]);
        }
        curve_point("edf_release", n, &released);
    }
}
