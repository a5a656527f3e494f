/* SPDX-License-Identifier: MIT */
/*
 * How late threads wake, as cyclictest asks it: each sleeps until the next of its releases, reads the
 * clock, and counts what it is late. What the parts share: the order (latency.c reads it from the boot
 * arguments), the threads that measure (measure.c), and what runs below them (below.c).
 */
#ifndef SERVICES_LATENCY_LATENCY_H
#define SERVICES_LATENCY_LATENCY_H

#include "kernel/sched/thread.h"
#include "lib/compiler.h"

#define LATENCY_THREADS_MAX 32

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
};

/* One who measures. All in ticks, which are nanoseconds. */
struct latency_thread {
    const struct latency_order *order;
    unsigned number;
    uint8_t priority;
    duration_t interval;
    volatile uint64_t next; /* its release; UINT64_MAX: it has done all its loops */
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

/* What each of them runs; its argument is its own. */
void latency_measure(void *thread);

/* Starts what runs below them. STATUS of spawn. */
MUST_USE status_t latency_below_start(const struct latency_order *order) IRQ_UNMASKED;

/* Ends it: for when nobody measures any more. */
void latency_below_end(void) IRQ_UNMASKED;

#endif
