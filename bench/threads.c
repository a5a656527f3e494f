/* SPDX-License-Identifier: MIT */
/* Switching by yield, and the whole life of a thread. */
#include "bench/bench.h"

static struct figure yield_switch = {.name = "yield_switch"};
static struct figure resume_higher = {.name = "resume_higher"};
static struct figure spawn_exit_join = {.name = "thread_spawn_exit_join"};

/* Two of these: each closes the window that the other opened. */
static void yielder(void *argument) {
    (void)argument;
    bool more = true;
    while (more) {
        bench_open();
        thread_yield();
        more = figure_add(&yield_switch, bench_close());
    }
}

static void measure_yield(void) {
    thread_id_t first = bench_spawn(yielder, NULL, BENCH_LOW);
    thread_id_t second = bench_spawn(yielder, NULL, BENCH_LOW);
    bench_join(first);
    bench_join(second);
    figure_print(&yield_switch);
}

static void ends_at_once(void *argument) {
    (void)argument;
}

static void spawner(void *argument) {
    (void)argument;
    static const struct thread_attributes higher = {.priority = BENCH_HIGH};
    bool more = true;
    while (more) {
        thread_id_t id;
        bench_open();
        status_t spawned = thread_spawn(ends_at_once, NULL, &higher, &id);
        status_t joined = thread_join(id, NULL);
        uint64_t reading = bench_close();
        bench_must(spawned, "spawn");
        bench_must(joined, "join");
        more = figure_add(&spawn_exit_join, reading);
    }
}

static void suspended(void *argument) {
    bool *ends = argument;
    while (!*ends) {
        bench_must(thread_suspend(thread_self()), "suspend");
        (void)figure_add(&resume_higher, bench_close());
    }
}

static void measure_resume(void *argument) {
    (void)argument;
    bool ends = false;
    thread_id_t higher = bench_spawn(suspended, &ends, BENCH_HIGH);
    for (unsigned i = 0; i < BENCH_SAMPLES + BENCH_WARM_UP; i++) {
        bench_open();
        bench_must(thread_resume(higher), "resume");
    }
    ends = true;
    bench_must(thread_resume(higher), "resume");
    bench_join(higher);
}

void bench_threads(void) {
    measure_yield();
    bench_join(bench_spawn(spawner, NULL, BENCH_LOW));
    figure_print(&spawn_exit_join);
    bench_join(bench_spawn(measure_resume, NULL, BENCH_LOW));
    figure_print(&resume_higher);
}
