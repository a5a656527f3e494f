/* SPDX-License-Identifier: MIT */
/*
 * Costs in instructions. Under `-icount shift=0` the cycle counter counts instructions exactly, so
 * a figure is the same on every run and every host. A window is opened and closed by reading that
 * counter; what an empty window reads is subtracted; the first rounds warm up and are not counted.
 * Windows are those that were used to measure the other kernels, so that the figures compare.
 *
 * With the boot argument `short=1` every figure is still measured, from a twentieth of the samples,
 * and every curve as ever: for runs that are repeated and compared with each other.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "kernel/sched/thread.h"
#include "lib/compiler.h"

#define BENCH_SAMPLES 2000
#define BENCH_WARM_UP 100

/* Priorities of the threads of a measurement, below the thread "main" that runs it. */
#define BENCH_LOW    10
#define BENCH_MIDDLE 11
#define BENCH_HIGH   12

/* A distribution: what one figure prints. */
struct figure {
    const char *name;
    uint64_t warm; /* warm-up samples that were left out */
    uint64_t count;
    uint64_t sum;
    uint64_t min;
    uint64_t max;
};

/* The start of the open window; shared, because many windows close in another thread. */
extern volatile uint64_t bench_start;

static ALWAYS_INLINE uint64_t bench_counter(void) {
    uint64_t count;
    __asm__ volatile("isb\n\tmrs %0, pmccntr_el0" : "=r"(count)::"memory");
    return count;
}

static ALWAYS_INLINE void bench_open(void) {
    bench_start = bench_counter();
}

/* Instructions since bench_open(), the empty window included. */
static ALWAYS_INLINE uint64_t bench_close(void) {
    uint64_t end = bench_counter();
    return end - bench_start;
}

/* Enables the counter, measures the empty window and reads the boot argument. */
void bench_init(void);

/* How many of `full` samples this run takes: all, or a twentieth, at least one. */
uint64_t bench_samples(uint64_t full);

/* What an empty window reads. */
uint64_t bench_empty(void);

/* Adds the reading of a window, without the empty one and after the warm-up. False once there are
 * enough samples. */
bool figure_add(struct figure *figure, uint64_t reading);

/* Adds a value as it is. */
void figure_add_value(struct figure *figure, uint64_t value);

/* Prints "record figure NAME mean min max". */
void figure_print(const struct figure *figure);

/* Closes the open window and adds its reading, without the empty one; no warm-up, no limit. */
static ALWAYS_INLINE void figure_close(struct figure *figure) {
    uint64_t reading = bench_close();
    figure_add_value(figure, reading - bench_empty());
}

/* Prints "record KIND NAME AT VALUE": a point of a curve, or a bin of a histogram. */
void bench_record(const char *kind, const char *name, uint64_t at, uint64_t value);

/* Spawns or stops with a message: a benchmark with a failed step has no figure. */
thread_id_t bench_spawn(thread_entry entry, void *argument, uint8_t priority);
void bench_join(thread_id_t id);
void bench_must(status_t status, const char *what);

/* The groups, in the order they run. */
void bench_threads(void);
void bench_fp(void);
void bench_servers(void);
void bench_mailboxes(void);
void bench_semaphores(void);
void bench_event_flags(void);
void bench_barrier(void);
void bench_mutexes(void);
void bench_rwlocks(void);
void bench_wait_any(void);
void bench_timers(void);
void bench_periods(void);
void bench_lines(void);
void bench_user(void);
void bench_heap(void);
void bench_admission(void);
void bench_pool(void);
void bench_trace(void);
void bench_curves(void);

#endif
