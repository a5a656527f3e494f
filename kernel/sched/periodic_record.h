/* SPDX-License-Identifier: MIT */
/* What a thread has beside its slot while it is periodic: for what tells of missed deadlines, too. */
#ifndef KERNEL_SCHED_PERIODIC_RECORD_H
#define KERNEL_SCHED_PERIODIC_RECORD_H

#include "kernel/sched/periodic.h"
#include "kernel/sched/thread_internal.h"

struct periodic {
    /* Its CPU only, interrupts masked. */
    thread_id_t owner; /* when that is gone: nobody's, as it was left, until somebody takes it */
    struct timed_event event;
    bool armed; /* `event` is, for state.deadline */
    bool untold;
    uint64_t untold_misses;
    instant_t missed;            /* the latest deadline of these */
    thread_id_t running;         /* who ran then */
    struct list_node link;       /* in its box, while untold */
    struct periodic_state state; /* latencies and jobs: the thread's, unmasked */

    /* The thread only. */
    instant_t next; /* the release after state.release */

    /* Constant while the thread has it, until it calls periodic_begin() again. */
    duration_t period;
    duration_t deadline;
    struct miss_box *box;
    uint8_t noticed_at;
    bool by_deadline;
};

extern struct periodic periodic_slots[CONFIG_PERIODIC_THREADS];

/* Makes all of them nobody's. Once, at boot. O(CONFIG_PERIODIC_THREADS). */
void periodic_init(struct cpu *cpu) IRQ_MASKED;

/* What `thread` has, or NULL. O(1). */
struct periodic *periodic_of_irq(const struct thread *thread) IRQ_MASKED;

/* The deadline of `event` has come, and it is no longer armed: who has missed it, counted; NULL if
 * nobody has. O(1). */
struct periodic *periodic_miss_irq(struct cpu *cpu, struct timed_event *event) IRQ_MASKED;

#endif
