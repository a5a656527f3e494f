/* SPDX-License-Identifier: MIT */
/* Semaphores: a unit taken and given by one thread, and a give that a higher thread waits for. */
#include "bench/bench.h"

#include "kernel/sync/semaphore.h"

static struct semaphore units = SEMAPHORE_INITIALIZER(1, 4);
static struct semaphore signals = SEMAPHORE_INITIALIZER(0, 1);

static struct figure take_give = {.name = "sem_take_give"};
static struct figure wake_higher = {.name = "semaphore_wake_higher"};

static void measure_take_give(void *argument) {
    (void)argument;
    bool more = true;
    while (more) {
        bench_open();
        status_t taken = semaphore_take(&units);
        status_t given = semaphore_give(&units);
        uint64_t reading = bench_close();
        bench_must(taken, "take");
        bench_must(given, "give");
        more = figure_add(&take_give, reading);
    }
    bench_must(semaphore_try_take(&units), "try_take");
}

static void waking_taker(void *argument) {
    (void)argument;
    bool more = true;
    while (more) {
        status_t taken = semaphore_take(&signals);
        uint64_t reading = bench_close();
        bench_must(taken, "take");
        more = figure_add(&wake_higher, reading);
    }
    semaphore_close(&signals);
}

static void waking_giver(void *argument) {
    (void)argument;
    status_t given;
    do {
        bench_open();
        given = semaphore_give(&signals);
    } while (given == STATUS_OK);
}

void bench_semaphores(void) {
    bench_join(bench_spawn(measure_take_give, NULL, BENCH_LOW));
    figure_print(&take_give);
    bench_must(semaphore_init(&signals, 0, 1), "init");
    thread_id_t taker = bench_spawn(waking_taker, NULL, BENCH_HIGH);
    thread_id_t giver = bench_spawn(waking_giver, NULL, BENCH_LOW);
    bench_join(taker);
    bench_join(giver);
    figure_print(&wake_higher);
}
