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
#include "lib/stable_heap.h"
#include "lib/time_units.h"

struct thread;

struct cpu {
    /* This CPU only, interrupts masked. */
    struct thread *current;    /* the running thread: head of its level in `ready`, or `idle` */
    struct prio_queue ready;   /* threads that can run, the running one included, idle not */
    struct stable_heap events; /* armed timed events by moment (kernel/time/timed_event.h) */
    instant_t quantum_end;     /* end of the running thread's quantum; NEVER: not contested */

    /* This CPU only, interrupts masked: counters for people. */
    uint64_t timer_interrupts;
    uint64_t stale_timeouts; /* timeouts of waits that had ended: ignored */

    /* Constant after init. */
    struct thread *idle;
    duration_t quantum;  /* a round-robin thread's share while its level is contested */
    uint32_t timer_line; /* interrupt of the architected timer */
    uint32_t index;

    /* This CPU only, interrupts masked: of `events`. */
    struct stable_heap_node *event_slots[STABLE_HEAP_SLOTS];
} ALIGNED(64);

struct cpu_area {
    uint8_t guard[PAGE_SIZE];
    uint8_t stack[CONFIG_KERNEL_STACK_SIZE];
    struct cpu cpu;
} ALIGNED(4096);

extern struct cpu_area cpu_areas[CONFIG_CPUS];

/* Empties the state of CPU `index`, makes it this CPU's own and returns it. Once, at boot: the
 * caller must not have asked arch_cpu_self() before, whose answer the compiler may keep. O(1). */
struct cpu *cpu_init(uint32_t index) IRQ_MASKED;

#endif
