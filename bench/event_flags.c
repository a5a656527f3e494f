/* SPDX-License-Identifier: MIT */
/* Event flags: set and taken by one thread, and a set that a higher thread waits for. */
#include "bench/bench.h"

#include "kernel/sync/event_flags.h"

static struct event_flags flags = EVENT_FLAGS_INITIALIZER(0);

static struct figure set_wait = {.name = "event_set_wait"};
static struct figure wake_higher = {.name = "event_wake_higher"};

static void measure_set_wait(void *argument) {
    (void)argument;
    bool more = true;
    while (more) {
        uint64_t seen;
        bench_open();
        status_t set = event_flags_set(&flags, 5);
        status_t met = event_flags_wait(&flags, 4, EVENT_FLAGS_ANY | EVENT_FLAGS_CLEAR, &seen);
        uint64_t reading = bench_close();
        bench_must(set, "set");
        bench_must(met, "wait");
        bench_must(event_flags_clear(&flags, 1), "clear");
        more = figure_add(&set_wait, reading);
    }
}

static void waking_waiter(void *argument) {
    (void)argument;
    bool more = true;
    while (more) {
        status_t met = event_flags_wait(&flags, 4, EVENT_FLAGS_ANY | EVENT_FLAGS_CLEAR, NULL);
        uint64_t reading = bench_close();
        bench_must(met, "wait");
        more = figure_add(&wake_higher, reading);
    }
    event_flags_close(&flags);
}

static void waking_setter(void *argument) {
    (void)argument;
    status_t set;
    do {
        bench_open();
        set = event_flags_set(&flags, 4);
    } while (set == STATUS_OK);
}

void bench_event_flags(void) {
    bench_join(bench_spawn(measure_set_wait, NULL, BENCH_LOW));
    figure_print(&set_wait);
    bench_must(event_flags_init(&flags, 0), "init");
    thread_id_t waiter = bench_spawn(waking_waiter, NULL, BENCH_HIGH);
    thread_id_t setter = bench_spawn(waking_setter, NULL, BENCH_LOW);
    bench_join(waiter);
    bench_join(setter);
    figure_print(&wake_higher);
}
