/* SPDX-License-Identifier: MIT */
/* Switching by yield where threads have floating-point registers: both, or one of them. Between two
 * that have none it is yield_switch. */
#include "bench/bench.h"

static struct figure both = {.name = "fp_yield_switch"};
static struct figure leave = {.name = "fp_yield_leave"}; /* from one with to one without */
static struct figure enter = {.name = "fp_yield_enter"}; /* and back */

/* Two threads of these: each closes the window that the other opened. Two rounds more than there are
 * samples, so that no end of a thread is in one. */
static void yielder(void *argument) {
    const uint64_t rounds = BENCH_WARM_UP + bench_samples(BENCH_SAMPLES) + 2;
    for (uint64_t round = 0; round < rounds; round++) {
        bench_open();
        thread_yield();
        (void)figure_add(argument, bench_close());
    }
}

static thread_id_t spawn(struct figure *figure, bool fp) {
    const struct thread_attributes attributes = {.name = "bench", .priority = BENCH_LOW, .fp = fp};
    thread_id_t id = THREAD_ID_NONE;
    bench_must(thread_spawn(yielder, figure, &attributes, &id), "spawn");
    return id;
}

void bench_fp(void) {
    thread_id_t first = spawn(&both, true);
    thread_id_t second = spawn(&both, true);
    bench_join(first);
    bench_join(second);
    first = spawn(&enter, true);
    second = spawn(&leave, false);
    bench_join(first);
    bench_join(second);
    figure_print(&both);
    figure_print(&leave);
    figure_print(&enter);
}
