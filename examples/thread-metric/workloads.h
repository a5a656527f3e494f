/* SPDX-License-Identifier: MIT */
/* What is measured: small versions of our own of what Thread-Metric does, by its calls alone. */
#ifndef WORKLOADS_H
#define WORKLOADS_H

#define WORKLOAD_THREADS 5

struct workload {
    const char *name;
    void (*create)(void); /* its threads, suspended, and its objects */
    unsigned threads;     /* from number `first` on; the first is resumed to begin */
    int first;
    int resumed; /* so many of them are resumed; the others are woken by those */
};

/* How often each thread of the workload under way came round, and what went wrong. */
extern volatile unsigned long workload_rounds[WORKLOAD_THREADS];
extern volatile unsigned long workload_errors;

extern const struct workload workloads[];
extern const unsigned workload_count;

#endif
