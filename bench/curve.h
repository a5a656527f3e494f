/* SPDX-License-Identifier: MIT */
/*
 * Costs over the number of what is there: of threads, jobs, waiters, deadlines, messages, blocks,
 * frames.
 * A point is "record curve NAME N VALUE", VALUE being the most instructions that any sample took
 * among N of them. tools/bench_curves.py says what each curve is promised to be, and holds it to
 * that.
 */
#ifndef BENCH_CURVE_H
#define BENCH_CURVE_H

#include "bench/bench.h"

/* Prints the worst of a figure's samples as a point. */
static inline void curve_point(const char *name, uint64_t n, const struct figure *figure) {
    bench_record("curve", name, n, figure->max);
}

/* The next number of a curve that reaches far: a fifth more, at least one. */
static inline uint64_t curve_next(uint64_t n) {
    return n + (n < 5 ? 1 : n / 5);
}

/* The groups, in the order they run. */
void curve_threads(void);
void curve_deadlines(void);
void curve_timers(void);
void curve_mailboxes(void);
void curve_undisturbed(void);
void curve_heap(void);
void curve_frames(void);

#endif
