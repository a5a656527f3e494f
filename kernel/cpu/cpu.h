/* SPDX-License-Identifier: MIT */
/*
 * What one CPU owns: its kernel stack and all scheduler and time state. Nothing here is shared:
 * only this CPU touches it, with interrupts masked, so no lock exists and one CPU is merely N = 1.
 *
 *   cpu_area   +-----------------+ page aligned
 *              | guard page      |   unmapped once the runtime tables are live
 *              +-----------------+
 *              | kernel stack    |   CONFIG_KERNEL_STACK_SIZE, grows down
 *              +-----------------+ <- TPIDR_EL1: top of the stack and the struct itself
 *              | struct cpu      |
 *              +-----------------+
 *
 * That the stack ends where the struct begins saves the doors a load on every entry.
 */
#ifndef KERNEL_CPU_CPU_H
#define KERNEL_CPU_CPU_H

#include "arch/cpu.h"
#include "config.h"
#include "lib/addr.h"
#include "lib/prio_queue.h"
#include "lib/time_units.h"
#include "lib/timer_queue.h"

struct thread;
struct timed_event;
struct trace_ring;

/* A level as the set of all levels below it: two of them differ in those from the lower of both up
 * to the other, without that. No level of 64 has bit 63 in it, which says more: see sched.h. */
#define CPU_BELOW(level) (BIT(level) - 1)
#define CPU_BELOW_LOOK   BIT(63)

struct cpu {
    /* This CPU only, interrupts masked. */
    struct thread *current;  /* the running thread: head of its level in `ready`, or `idle` */
    struct prio_queue ready; /* threads that can run, the running one included, idle not */
    instant_t quantum_end;   /* end of the running thread's quantum or budget; NEVER: neither */
    instant_t compare;       /* what the timer's compare register holds */
    uint64_t below;          /* of the level that compare and interrupt mask are set for; LOOK: the
                                * next switch must look at both whatever comes */
    uint64_t watched;        /* bit n: an event is armed at level n, or a line has that level;
                                * all if `below` says LOOK */
    uint64_t lines;          /* bit n: a line has level n; and LOOK, always */
    instant_t since;         /* when the running thread began to, if it is a timed one */
    struct thread *settling; /* whose priority is looked at next: kernel/sched/turnstile.h */

    /* This CPU only, interrupts masked: counters for people. */
    uint64_t timer_interrupts;
    uint64_t stale_timeouts; /* timeouts of waits that had ended: ignored */

    /* Constant after init. */
    struct thread *idle;
    struct timed_event *event[TIMER_QUEUE_IDS + 1]; /* whose id that is */
    duration_t quantum;  /* a round-robin thread's share while its level is contested */
    uint32_t timer_line; /* interrupt of the architected timer */
    uint32_t index;

    /* This CPU only, interrupts masked. A kernel with CONFIG_TRACE only; here, where one load
     * reaches. */
    struct trace_ring *trace; /* where what happens is noted; NULL: nobody traces. Else `below`
                               * always says LOOK */
    instant_t trace_entered;  /* when the interrupt under way was taken, in a trace; 0: none is */
    union {
        uint64_t trace_cause; /* TRACE_IRQ's argument */
        struct {
            uint16_t trace_line;   /* and one; 0: the timer */
            uint16_t trace_late;   /* ticks, of the timer */
            uint32_t trace_missed; /* the slot, and one, of who missed a deadline; 0: nobody */
        };
    };

    /* This CPU only, interrupts masked. */
    struct prio_queue parked;  /* threads that could run, but are suspended */
    struct timer_queue events; /* armed timed events (kernel/time/timed_event.h) */
    struct thread *lone;       /* whose loan is yet to be counted: to `settling`, if it is not NULL
                          * (kernel/sched/turnstile_lone.h) */

    /* This CPU only, interrupts masked: who is first by deadline (kernel/sched/deadline_order.h). */
    struct {
        const struct thread *first; /* comes before all up to `tail`; NULL: not known */
        struct prio_node *tail;
        const struct thread *head; /* while they are compared: the oldest of the level, */
        struct prio_node *next;    /* who is compared next, */
        struct prio_node *best;    /* and the earliest of those before */
    } by_deadline;
} ALIGNED(64);

struct cpu_area {
    uint8_t guard[PAGE_SIZE];
    uint8_t stack[CONFIG_KERNEL_STACK_SIZE];
    struct cpu cpu;
} ALIGNED(4096);

extern struct cpu_area cpu_areas[CONFIG_CPUS];

/* The level that compare and interrupt mask are set for: the running thread's. O(1). */
static inline unsigned cpu_level(const struct cpu *cpu) IRQ_MASKED {
    return bits_highest((cpu->below << 1) | 1);
}

/* Makes the state of CPU `index`, which is all zeroes, this CPU's own and returns it. Once, at boot:
 * the caller must not have asked arch_cpu_self() before, whose answer the compiler may keep.
 * O(levels). */
struct cpu *cpu_init(uint32_t index) IRQ_MASKED;

#endif
