/* SPDX-License-Identifier: MIT */
/*
 * Periodic threads: a thread that does its work, a job, once in each period.
 *
 *   release 0 = first     release 1             release 2             first + k * period, exactly
 *   |--- job 0 ---| wait  |-- job 1 --| wait    |------- job 2 ...
 *        deadline ^            deadline ^            deadline ^       release + deadline
 *
 * Releases are multiples of the period in 64-bit ticks, whatever the jobs take: nothing adds up. A
 * job that is not done when the next one is due is an overrun: that one begins as soon as it ends.
 * Of several that are due by then the latest begins, and those before it are skipped, so a thread
 * that is late does not stay late.
 *
 * A job that is not done at its deadline has missed it. That is noticed, counted, and told to whom
 * the thread has named (kernel/sync/miss_box.h), at the moment itself if nothing more urgent runs
 * than the thread, or than who handles it, as the thread has said.
 */
#ifndef KERNEL_SCHED_PERIODIC_H
#define KERNEL_SCHED_PERIODIC_H

#include "kernel/sched/thread.h"

struct miss_box;

struct periodic_attributes {
    instant_t first;     /* release 0; if it is past, the latest that is due begins at once */
    duration_t period;   /* not 0 */
    duration_t deadline; /* of each job, from its release; 0: none */
    uint8_t noticed_at;  /* priority of who handles misses: what runs above notices none of them */
    bool by_deadline;    /* each job runs by its deadline: kernel/sched/edf.h */
    struct miss_box *tells; /* who is told of misses; it is there as long as the thread, and is
                             * closed before it goes; NULL: nobody */
};

/* What was counted since periodic_begin(). */
struct periodic_state {
    instant_t release;      /* of the job that is under way, or the next one */
    instant_t deadline;     /* its deadline; NEVER: none */
    uint64_t jobs;          /* begun */
    uint64_t overruns;      /* waits that came when the next job was due already */
    uint64_t skipped;       /* releases without a job */
    uint64_t misses;        /* deadlines */
    duration_t latency_min; /* from a release to the job's first instruction; FOREVER: no job yet */
    duration_t latency_max;
    duration_t latency_sum; /* by `jobs`: the mean */
};

/* Makes the caller a periodic thread, or gives it another period; what it has counted begins anew.
 * Its first job begins with its next periodic_wait(). O(CONFIG_PERIODIC_THREADS),
 * masked O(log timed events). INVALID_ARGUMENT: no period, no such priority, by a deadline
 * that there is not. NO_SLOT: as many threads have one. UNSUPPORTED: by a deadline, of a thread that
 * has a budget: its jobs are released, and it runs by its priority or its server's deadline. */
MUST_USE status_t periodic_begin(const struct periodic_attributes *attributes) IRQ_UNMASKED;

/* Ends the caller's job, and returns when the next one begins: at its release, or now if that is
 * past. Tells how many releases were skipped (`skipped` may be NULL). The deadline is noticed at the
 * priority that the caller has now, or `noticed_at` if that is higher. Masked: O(log timed events).
 * NOT_FOUND: the caller has no period. */
status_t periodic_wait(uint64_t *skipped) IRQ_UNMASKED;

/* What a periodic thread has counted until now. O(1), any context. STALE: no such thread.
 * NOT_FOUND: it has no period. */
MUST_USE status_t periodic_state(thread_id_t id, struct periodic_state *state);

#endif
