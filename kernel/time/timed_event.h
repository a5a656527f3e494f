/* SPDX-License-Identifier: MIT */
/*
 * Timed events: what shall happen at a moment. The record lives in its owner, so arming cannot
 * fail; its kind is an index into a constant table of handlers, so nothing is called through a
 * pointer that data could change. Each CPU keeps its armed events in a heap by moment, first armed
 * first among equals, and sets the one-shot compare to the nearest of them (or to the end of the
 * running thread's quantum). There is no tick.
 *
 * Invariant, whenever interrupts are unmasked: the compare stands at min(first event, quantum_end).
 */
#ifndef KERNEL_TIME_TIMED_EVENT_H
#define KERNEL_TIME_TIMED_EVENT_H

#include "kernel/cpu/cpu.h"
#include "arch/timer.h"
#include "lib/context.h"

enum timed_event_kind {
    TIMED_EVENT_WAKE,    /* a sleep ends */
    TIMED_EVENT_TIMEOUT, /* a wait's deadline passed */
    TIMED_EVENT_QUANTUM, /* the running thread's share is used up; has no record */
    TIMED_EVENT_END,     /* of the machine: the time given with "for=" is over */
    TIMED_EVENT_KINDS,
};

struct timed_event {
    /* The owner's CPU only, interrupts masked. */
    struct stable_heap_node node; /* key: the moment in ticks */
    uint8_t kind;
    uint32_t token; /* generation of the wait it belongs to, as it was when armed */
};

/* What each kind does, on the event's CPU, already disarmed. kernel/tables/timed_events.c. */
typedef void (*timed_event_handler)(struct cpu *cpu, struct timed_event *event);
extern const timed_event_handler timed_event_table[TIMED_EVENT_KINDS];

/* Sets the compare to what is nearest now. O(1). */
static inline void timed_event_program_irq(struct cpu *cpu) IRQ_MASKED {
    uint64_t first = stable_heap_first(&cpu->events)->key; /* NEVER when there is none */
    uint64_t quantum = cpu->quantum_end.ticks;
    arch_timer_arm((instant_t){first < quantum ? first : quantum});
}

/* Arms `event`, which is not armed, for `when` (a past moment: at once; not NEVER).
 * O(log armed). */
static inline void timed_event_arm_irq(struct cpu *cpu, struct timed_event *event,
                                       enum timed_event_kind kind, instant_t when) IRQ_MASKED {
    event->node.key = when.ticks;
    event->kind = (uint8_t)kind;
    if (stable_heap_insert(&cpu->events, &event->node)) {
        timed_event_program_irq(cpu);
    }
}

/* Disarms `event`, which is armed. O(log armed). */
static inline void timed_event_cancel_irq(struct cpu *cpu, struct timed_event *event) IRQ_MASKED {
    bool first = stable_heap_first(&cpu->events) == &event->node;
    stable_heap_remove(&cpu->events, &event->node);
    if (first) {
        timed_event_program_irq(cpu);
    }
}

/* The timer's interrupt: runs at most CONFIG_TIMED_EVENTS_PER_IRQ events that are due,
 * and a used-up quantum, then sets the compare anew; events left over interrupt again at
 * once. O(log armed). */
void timed_event_interrupt_irq(struct cpu *cpu) IRQ_MASKED;

#endif
