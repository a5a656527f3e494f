/* SPDX-License-Identifier: MIT */
/* For the files of the checker. */
#ifndef TESTS_INVARIANTS_INVARIANTS_INTERNAL_H
#define TESTS_INVARIANTS_INVARIANTS_INTERNAL_H

#include "kernel/cpu/cpu.h"
#include "lib/prio_queue.h"
#include "tests/invariants/invariants.h"

#define BROKEN_QUEUE (UINT32_MAX / 2)

/* Threads of a queue, all of which say that they are in it; BROKEN_QUEUE when one does not.
 * wait_queue NULL: the ready queue. */
unsigned invariants_queue_count(const struct prio_queue *queue,
                                const struct prio_queue *wait_queue);

/* The rules of the objects of kernel/sync; adds the threads that wait there to *queued. */
const char *invariants_sync_broken(const struct invariants_view *view, unsigned *queued);

/* What there is of all servers that have threads. */
struct invariants_servers {
    unsigned throttled; /* threads that stand with their server instead of the ready queue */
    unsigned armed;     /* timed events */
};

/* The rules of servers. O(slots^2). */
const char *invariants_servers_broken_irq(const struct cpu *cpu,
                                          struct invariants_servers *servers) IRQ_MASKED;

/* Whether a budget sets the end of what the running thread may have; if so, that end. */
bool invariants_has_budget(const struct cpu *cpu, uint64_t *end) IRQ_MASKED;

#endif
