/* SPDX-License-Identifier: MIT */
/* Waits for several objects: one that has something, and a give that a higher thread waits for at as
 * many as there may be. */
#include "bench/bench.h"

#include "kernel/sync/wait_any.h"

static struct semaphore units[CONFIG_WAIT_ANY_MAX];

static struct figure found = {.name = "wait_any_found"};
static struct figure wake_higher = {.name = "wait_any_wake_higher"};

static void units_make(struct wait_for *list) {
    for (unsigned i = 0; i < CONFIG_WAIT_ANY_MAX; i++) {
        bench_must(semaphore_init(&units[i], 0, 1), "init");
        list[i] = wait_for_unit(&units[i]);
    }
}

/* The last of the list has a unit. */
static void measure_found(void *argument) {
    struct wait_for *list = argument;
    unsigned which;
    bool more = true;
    while (more) {
        bench_must(semaphore_give(&units[CONFIG_WAIT_ANY_MAX - 1]), "give");
        bench_open();
        status_t status = wait_any(list, CONFIG_WAIT_ANY_MAX, &which);
        uint64_t reading = bench_close();
        bench_must(status, "wait_any");
        more = figure_add(&found, reading);
    }
}

static void waking_waiter(void *argument) {
    struct wait_for *list = argument;
    unsigned which;
    bool more = true;
    while (more) {
        status_t status = wait_any(list, CONFIG_WAIT_ANY_MAX, &which);
        uint64_t reading = bench_close();
        bench_must(status, "wait_any");
        more = figure_add(&wake_higher, reading);
    }
    semaphore_close(&units[0]);
}

static void waking_giver(void *argument) {
    (void)argument;
    status_t given;
    do {
        bench_open();
        given = semaphore_give(&units[0]);
    } while (given == STATUS_OK);
}

void bench_wait_any(void) {
    struct wait_for list[CONFIG_WAIT_ANY_MAX];
    units_make(list);
    bench_join(bench_spawn(measure_found, list, BENCH_LOW));
    figure_print(&found);
    thread_id_t waiter = bench_spawn(waking_waiter, list, BENCH_HIGH);
    thread_id_t giver = bench_spawn(waking_giver, NULL, BENCH_LOW);
    bench_join(waiter);
    bench_join(giver);
    figure_print(&wake_higher);
}
