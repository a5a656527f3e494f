/* SPDX-License-Identifier: MIT */
/*
 * How late threads wake, as cyclictest asks it: each sleeps until the next of its releases, reads the
 * clock, and counts what it is late. What the parts share: the order (latency.c reads it from the boot
 * arguments), the threads that measure (measure.c), what runs below them (below.c), and the same with processes (process.c).
 */
#ifndef SERVICES_LATENCY_LATENCY_H
#define SERVICES_LATENCY_LATENCY_H

#include "config.h"
#include "kernel/sched/thread.h"
#include "lib/compiler.h"

#define LATENCY_THREADS_MAX 32
#define LATENCY_PROCESSES_MAX                                                                      \
    (CONFIG_PROCESSES < LATENCY_THREADS_MAX ? CONFIG_PROCESSES : LATENCY_THREADS_MAX)

/* Priorities below those that measure. */
#define LATENCY_SPIN_PRIORITY  THREAD_PRIORITY_MIN
#define LATENCY_LOAD_PRIORITY  1
#define LATENCY_LOAD_RAISED    2
#define LATENCY_PRIORITY_LEAST 3

struct latency_order {
    uint64_t threads;
    uint64_t interval_us; /* of the first thread */
    uint64_t distance_us; /* what each further one has more */
    uint64_t priority; /* of the first; each further one has one less, to LATENCY_PRIORITY_LEAST */
    uint64_t loops;    /* of each thread */
    uint64_t bins;     /* of each histogram; 0: there is none */
    uint64_t nsecs;    /* 1: a bin is a nanosecond wide; 0: a microsecond */
    uint64_t load;     /* 1: something works below */
    uint64_t user;     /* 1: those who measure are processes */
};

/* One who measures. All in ticks, which are nanoseconds. */
struct latency_thread {
    const struct latency_order *order;
    unsigned number;
    uint8_t priority;
    duration_t interval;
    uint64_t first; /* release: the others follow by the interval */
    uint64_t count;
    uint64_t min;
    uint64_t max;
    uint64_t last;
    uint64_t sum;
    uint64_t overflows; /* later than the last bin */
    uint64_t missed;    /* releases that had passed before it could wait for them */
    uint32_t *bins;
};

/* Constant while they run: the first order->threads. */
extern struct latency_thread latency_threads[LATENCY_THREADS_MAX];

/* Sets the first releases: an interval after `start`. Before anybody measures. */
void latency_first_set(const struct latency_order *order, instant_t start);

/* What each of them runs; its argument is its own. */
void latency_measure(void *thread);

/* Starts what runs below them. STATUS of spawn. */
MUST_USE status_t latency_below_start(const struct latency_order *order) IRQ_UNMASKED;

/* Ends it: for when nobody measures any more. */
void latency_below_end(void) IRQ_UNMASKED;

/* Runs processes instead of threads, and what is below them, to the end; they print what they found.
 * NOT_FOUND: there is no program; errors of load_path(). */
MUST_USE status_t latency_processes_run(const struct latency_order *order) IRQ_UNMASKED;

#endif
