/* SPDX-License-Identifier: MIT */
/*
 * The black box of a missed deadline: what ran between the release of a job and its deadline, told
 * by the records of a trace. Its parts add up to the whole, to the tick:
 *
 *   release |--- a ---|irq|------- b -------|irq|-- a --| deadline
 *           parts[a] = both stretches of a, parts[b], interrupts; idle and unknown where there are
 *
 * It needs a kernel with CONFIG_TRACE and a trace that was on; without either it says so, and tells
 * nothing.
 */
#ifndef KERNEL_SYNC_MISS_ACCOUNT_H
#define KERNEL_SYNC_MISS_ACCOUNT_H

#include "kernel/sync/miss_box.h"
#include "kernel/trace/trace.h"

struct miss_part {
    thread_id_t thread;
    duration_t time;
};

/* deadline - release == interrupts + idle + unknown + others + those of `parts`. */
struct miss_account {
    instant_t release;
    instant_t deadline;
    duration_t interrupts; /* from the reading of the clock in the door to that at its end */
    duration_t idle;
    duration_t unknown; /* before the first record that is left, or behind the trace's end */
    duration_t others;  /* of threads beyond those of `parts` */
    unsigned count;     /* of `parts`: the latest to run first */
    struct miss_part parts[CONFIG_MISS_PARTS];
};

/* What ran from `release` until `deadline`; the trace may go on meanwhile. Not masked but for a few
 * instructions a record. O(records between the two and since, CONFIG_MISS_PARTS for each).
 * UNSUPPORTED: a kernel without CONFIG_TRACE. FULL: records were dropped for want of room.
 * INVALID_ARGUMENT: `deadline` is before `release`. */
MUST_USE status_t miss_account(const struct trace_ring *ring, instant_t release, instant_t deadline,
                               struct miss_account *account) IRQ_UNMASKED;

/* The same for a miss that a box has told of. Also STALE: the thread is gone, or NOT_FOUND: periodic no
 * longer, and its release not known. */
MUST_USE status_t miss_account_of(const struct trace_ring *ring, const struct deadline_miss *miss,
                                  struct miss_account *account) IRQ_UNMASKED;

#endif
