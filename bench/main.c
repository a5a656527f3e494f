/* SPDX-License-Identifier: MIT */
/* Runs every measurement once, in one fixed order, and leaves. */
#include "bench/bench.h"

#include "kernel/app.h"

void app_main(void) {
    struct figure reset = {.name = "reset_to_thread"};
    figure_add_value(&reset, time_now().ticks); /* the counter starts at reset */
    bench_init();
    figure_print(&reset);
    bench_threads();
    bench_fp();
    bench_servers();
    bench_mailboxes();
    bench_semaphores();
    bench_event_flags();
    bench_barrier();
    bench_mutexes();
    bench_rwlocks();
    bench_wait_any();
    bench_timers();
    bench_periods();
    bench_lines();
    bench_user();
    bench_heap();
    bench_admission();
    bench_pool();
    bench_trace();
    bench_curves();
    app_exit(0);
}
