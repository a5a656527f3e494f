/* SPDX-License-Identifier: MIT */
/*
 * Timed events: what shall happen at a moment. An event serves a thread and has its priority. It is
 * the running thread's business only if it is at its level or above: the one-shot compare stands at
 * the earliest of those (or at the end of the running thread's quantum), and what is below waits,
 * even when its moment is past, until the CPU goes down to its level. There it interrupts at once,
 * before the first instruction of the thread that would run; so what is late is handled one event
 * at a time, the highest first, and each time the CPU goes to whoever is highest then. There is no
 * tick.
 *
 * Every event has an id for life, and its record lives in its owner, so arming cannot fail; its kind
 * is an index into a constant table of handlers, so nothing is called through a pointer that data
 * could change.
 *
 * Invariant, whenever interrupts are unmasked: the compare stands at the earliest of the running
 * thread's level and above, or at quantum_end if that is earlier.
 */
#ifndef KERNEL_TIME_TIMED_EVENT_H
#define KERNEL_TIME_TIMED_EVENT_H

#include "arch/timer.h"
#include "kernel/cpu/cpu.h"
#include "lib/context.h"

enum timed_event_kind {
    TIMED_EVENT_WAKE,     /* a sleep ends */
    TIMED_EVENT_TIMEOUT,  /* a wait's deadline passed */
    TIMED_EVENT_WAIT_ANY, /* the same of a wait for several objects */
    TIMED_EVENT_END,      /* of the machine: the time given with "for=" is over */
    TIMED_EVENT_DEADLINE, /* a periodic thread's job is not done */
    TIMED_EVENT_KINDS,

    TIMED_EVENT_REFILL = TIMED_EVENT_KINDS, /* budget comes back; its handler disarms it */
};

/* Of the machine's own event; a thread's is its slot's number and one. */
#define TIMED_EVENT_ID_END TIMER_QUEUE_IDS

/* The first of servers, and the first of those for deadlines. */
#define TIMED_EVENT_ID_SERVER   (CONFIG_THREAD_SLOTS + 1)
#define TIMED_EVENT_ID_DEADLINE (TIMED_EVENT_ID_SERVER + CONFIG_SERVERS)

struct timed_event {
    /* Constant after init. */
    uint16_t id;

    /* The owner's CPU only, interrupts masked. */
    uint8_t kind;
    uint8_t level;  /* while it is armed */
    uint32_t token; /* generation of the wait it belongs to, as it was when armed */
};

/* What each kind does, on the event's CPU, already disarmed. kernel/tables/timed_events.c. */
typedef void (*timed_event_handler)(struct cpu *cpu, struct timed_event *event);
extern const timed_event_handler timed_event_table[TIMED_EVENT_KINDS];

/* The same for a refill, which is still armed; and what the end of cpu->quantum_end does. */
extern const timed_event_handler timed_event_refill;
typedef void (*timed_event_limit_handler)(struct cpu *cpu);
extern const timed_event_limit_handler timed_event_limit;

/* Gives `event` its id (1..TIMER_QUEUE_IDS), which nobody else has. Once, before it is armed.
 * O(1). */
static inline void timed_event_init(struct cpu *cpu, struct timed_event *event,
                                    unsigned id) IRQ_MASKED {
    event->id = (uint16_t)id;
    cpu->event[id] = event;
}

static inline void timed_event_compare_irq(struct cpu *cpu, uint64_t ticks) IRQ_MASKED {
    cpu->compare.ticks = ticks;
    arch_timer_arm(cpu->compare);
}

/* Sets the compare for a running thread of `level`. O(1). */
static inline void timed_event_program_irq(struct cpu *cpu, unsigned level) IRQ_MASKED {
    uint64_t when = cpu->quantum_end.ticks;
    if (cpu->events.levels >> level != 0) {
        uint64_t first = timer_queue_earliest(&cpu->events, level);
        when = first < when ? first : when;
    }
    timed_event_compare_irq(cpu, when);
}

/* What is armed has changed. O(1). */
static inline void timed_event_watch_irq(struct cpu *cpu) IRQ_MASKED {
    uint64_t all = (cpu->below & CPU_BELOW_LOOK) != 0 ? UINT64_MAX : 0;
    cpu->watched = cpu->events.levels | cpu->lines | all;
}

/* Arms `event`, which is not armed, at a level for `when` (a past moment: as soon as nothing above
 * runs; not NEVER). O(log ids), whatever is armed at other levels. */
static inline void timed_event_arm_irq(struct cpu *cpu, struct timed_event *event,
                                       enum timed_event_kind kind, unsigned level,
                                       instant_t when) IRQ_MASKED {
    event->kind = (uint8_t)kind;
    event->level = (uint8_t)level;
    timer_queue_insert(&cpu->events, event->id, level, when.ticks);
    timed_event_watch_irq(cpu);
    if (when.ticks < cpu->compare.ticks && level >= cpu_level(cpu)) {
        timed_event_compare_irq(cpu, when.ticks);
    }
}

/* Disarms `event`, which is armed. True when the compare stands at its moment. */
static inline bool timed_event_remove_irq(struct cpu *cpu, struct timed_event *event) IRQ_MASKED {
    uint64_t when = timer_queue_moment(&cpu->events, event->id);
    timer_queue_remove(&cpu->events, event->id, event->level);
    return when == cpu->compare.ticks;
}

/* Disarms `event`, which is armed, in a direct call. O(log ids), whatever is armed at other
 * levels. */
static inline void timed_event_cancel_irq(struct cpu *cpu, struct timed_event *event) IRQ_MASKED {
    bool is_next = timed_event_remove_irq(cpu, event);
    timed_event_watch_irq(cpu);
    if (is_next) {
        timed_event_program_irq(cpu, cpu_level(cpu));
    }
}

/* The same in a door: it leaves the compare to whoever leaves the door, and has to set it for the
 * next thread anyway. O(log ids). */
static inline void timed_event_cancel_in_door_irq(struct cpu *cpu,
                                                  struct timed_event *event) IRQ_MASKED {
    if (timed_event_remove_irq(cpu, event)) {
        cpu->below |= CPU_BELOW_LOOK;
        cpu->watched = UINT64_MAX;
    } else {
        timed_event_watch_irq(cpu);
    }
}

/* Takes `event`, which is armed, to another level: its owner's priority has changed.
 * O(log ids). */
void timed_event_move_irq(struct cpu *cpu, struct timed_event *event, unsigned level) IRQ_MASKED;

/* The timer's interrupt: runs the event of the highest level that is due, if that is not below the
 * running thread's; if there is none, the end of quantum or budget, which else interrupts again. What
 * is watched and the compare are not set anew: whoever leaves the interrupt does that. O(log ids). */
void timed_event_interrupt_irq(struct cpu *cpu) IRQ_MASKED;

#endif
