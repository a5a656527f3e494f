/* SPDX-License-Identifier: MIT */
/* A barrier of two: the last to come, and the higher one that goes on. */
#include "bench/bench.h"

#include "kernel/sync/barrier.h"

static struct figure wake_higher = {.name = "barrier_wake_higher"};
static struct barrier barrier = BARRIER_INITIALIZER(2);

static void waiter(void *argument) {
    (void)argument;
    bool more = true;
    while (more) {
        status_t status = barrier_wait(&barrier, NULL);
        uint64_t reading = bench_close();
        bench_must(status, "wait");
        more = figure_add(&wake_higher, reading);
    }
    barrier_close(&barrier);
}

static void comes_last(void *argument) {
    (void)argument;
    bool last = true;
    status_t status;
    do {
        bench_open();
        status = barrier_wait(&barrier, &last);
    } while (status == STATUS_OK && last);
}

void bench_barrier(void) {
    bench_must(barrier_init(&barrier, 2), "init");
    thread_id_t high = bench_spawn(waiter, NULL, BENCH_HIGH);
    thread_id_t low = bench_spawn(comes_last, NULL, BENCH_LOW);
    bench_join(high);
    bench_join(low);
    figure_print(&wake_higher);
}
