/* SPDX-License-Identifier: MIT */
/* Reader-writer locks: entering and leaving alone, and letting a higher writer in. */
#include "bench/bench.h"

#include "kernel/sync/rwlock.h"

static struct rwlock lock;
static bool over;
static struct figure read_unlock = {.name = "rwlock_read_lock_unlock"};
static struct figure write_unlock = {.name = "rwlock_write_lock_unlock"};
static struct figure let_in = {.name = "rwlock_let_writer_in"};

static void measure_read(void *argument) {
    (void)argument;
    bool more = true;
    while (more) {
        bench_open();
        status_t locked = rwlock_read_lock(&lock);
        status_t unlocked = rwlock_read_unlock(&lock);
        uint64_t reading = bench_close();
        bench_must(locked, "lock");
        bench_must(unlocked, "unlock");
        more = figure_add(&read_unlock, reading);
    }
}

static void measure_write(void *argument) {
    (void)argument;
    bool more = true;
    while (more) {
        bench_open();
        status_t locked = rwlock_write_lock(&lock);
        status_t unlocked = rwlock_write_unlock(&lock);
        uint64_t reading = bench_close();
        bench_must(locked, "lock");
        bench_must(unlocked, "unlock");
        more = figure_add(&write_unlock, reading);
    }
}

static void waiting_writer(void *argument) {
    (void)argument;
    bool more = true;
    while (more) {
        bench_must(rwlock_write_lock(&lock), "lock");
        more = figure_add(&let_in, bench_close());
        bench_must(rwlock_write_unlock(&lock), "unlock");
        thread_sleep_ticks(1000); /* the reader enters */
    }
    over = true;
}

static void leaving_reader(void *argument) {
    (void)argument;
    while (!over) {
        bench_must(rwlock_read_lock(&lock), "lock");
        for (instant_t end = time_after(time_ticks(3000)); instant_before(time_now(), end);) {
        }
        bench_open();
        bench_must(rwlock_read_unlock(&lock), "unlock");
    }
}

void bench_rwlocks(void) {
    bench_must(rwlock_init(&lock, 4), "init");
    bench_join(bench_spawn(measure_read, NULL, BENCH_LOW));
    figure_print(&read_unlock);
    bench_join(bench_spawn(measure_write, NULL, BENCH_LOW));
    figure_print(&write_unlock);
    thread_id_t low = bench_spawn(leaving_reader, NULL, BENCH_LOW);
    thread_id_t high = bench_spawn(waiting_writer, NULL, BENCH_HIGH);
    bench_join(high);
    bench_join(low);
    figure_print(&let_in);
}
