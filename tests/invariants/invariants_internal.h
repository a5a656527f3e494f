/* SPDX-License-Identifier: MIT */
/* For the files of the checker. */
#ifndef TESTS_INVARIANTS_INVARIANTS_INTERNAL_H
#define TESTS_INVARIANTS_INVARIANTS_INTERNAL_H

#include "kernel/cpu/cpu.h"
#include "kernel/sched/thread_internal.h"
#include "lib/prio_queue.h"
#include "tests/invariants/invariants.h"

#define BROKEN_QUEUE (UINT32_MAX / 2)

/* As many can stand in queues: threads, and places of those that wait for several objects. */
#define WAITERS_MAX (CONFIG_THREAD_SLOTS * CONFIG_WAIT_ANY_MAX)

/* Threads and places of a queue, all of which say that they are in it; BROKEN_QUEUE when one does not.
 * wait_queue NULL: the ready queue. */
unsigned invariants_queue_count(const struct prio_queue *queue,
                                const struct prio_queue *wait_queue);

/* Whether a waiting thread, or a place, stands in the queue that it names, at its level. */
bool invariants_is_queued(const struct thread *waiter);

/* Place `number` of `thread`, as who serves it sees it; NULL: it has no such place, or was served. */
const struct thread *invariants_place(const struct thread *thread, unsigned number);

/* Whether some thread has this place. It need not be one to be asked about. */
bool invariants_is_place(const struct thread *face);

/* What the places of all threads add up to. */
struct invariants_places {
    unsigned queued, joining, armed;
};

/* The rules of one thread's places; adds them up. `settling`: they may be behind. */
const char *invariants_any_broken_irq(const struct thread *thread, const struct thread *settling,
                                      struct invariants_places *places) IRQ_MASKED;

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

/* Whether somebody has set a moment at a level: the first of it, or one of the rest. */
struct cpu;
struct timed_event;
bool invariants_is_armed(const struct cpu *cpu, const struct timed_event *event, unsigned level);

/* The rules of periodic threads; takes their armed deadlines from *armed. */
const char *invariants_periodic_broken(const struct cpu *cpu, int *armed) IRQ_MASKED;

#endif
