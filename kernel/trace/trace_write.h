/* SPDX-License-Identifier: MIT */
/* Writing records: for those who move threads about. Each call first looks whether anybody traces. */
#ifndef KERNEL_TRACE_TRACE_WRITE_H
#define KERNEL_TRACE_TRACE_WRITE_H

#include "arch/timer.h"
#include "kernel/cpu/cpu.h"
#include "kernel/trace/trace.h"

/* Where this CPU's trace goes; NULL: nobody traces. */
static ALWAYS_INLINE struct trace_ring *trace_of_irq(const struct cpu *cpu) IRQ_MASKED {
    return CONFIG_TRACE ? cpu->trace : NULL;
}

/* The record of a trace that is on. O(1). */
static ALWAYS_INLINE void trace_put_irq(struct trace_ring *ring, instant_t time, uint64_t thread,
                                        uint64_t what, uint64_t value) IRQ_MASKED {
    uint64_t next = ring->next;
    if (UNLIKELY(next >= ring->limit)) {
        ring->dropped++;
        return;
    }
    struct trace_record *record = &ring->records[next % CONFIG_TRACE_RECORDS];
    record->time = time.ticks;
    record->thread = thread;
    record->what = what;
    record->value = value;
    ring->next = next + 1;
}

/* The same, called. */
void trace_put_closely_irq(struct trace_ring *ring, uint64_t thread, uint64_t what,
                           uint64_t value) IRQ_MASKED;

/* A record of `thread`, if somebody traces. O(1). */
static ALWAYS_INLINE void trace_tell_irq(const struct cpu *cpu, uint64_t thread, uint64_t what,
                                         uint64_t value) IRQ_MASKED {
    struct trace_ring *ring = trace_of_irq(cpu);
    if (UNLIKELY(ring != NULL)) {
        trace_put_closely_irq(ring, thread, what, value);
    }
}

/* trace_start(), also before there are threads. O(1). */
void trace_begin_irq(struct cpu *cpu, struct trace_ring *ring, enum trace_mode mode) IRQ_MASKED;

/* Nothing more is written. O(1). */
void trace_freeze_irq(struct trace_ring *ring) IRQ_MASKED;

/* An interrupt was taken; told when it ends. O(1). */
static ALWAYS_INLINE void trace_enter_irq(struct cpu *cpu, uint32_t line) IRQ_MASKED {
    if (UNLIKELY(trace_of_irq(cpu) != NULL)) {
        cpu->trace_entered = arch_timer_now();
        cpu->trace_line = (uint16_t)(line + 1); /* a GIC has 1020 at most */
    }
}

/* The timer's, `now`, and how late that is: two stores, without asking. */
static ALWAYS_INLINE void trace_enter_timer_irq(struct cpu *cpu, instant_t now) IRQ_MASKED {
    if (CONFIG_TRACE) {
        const uint64_t late = now.ticks - cpu->compare.ticks;
        cpu->trace_entered = now;
        cpu->trace_late = (uint16_t)(late < TRACE_LATE_MAX ? late : TRACE_LATE_MAX);
    }
}

/* What the timer's interrupt is about: the thread of that slot has missed a deadline. */
static ALWAYS_INLINE void trace_cause_miss_irq(struct cpu *cpu, uint32_t slot) IRQ_MASKED {
    if (CONFIG_TRACE) {
        cpu->trace_missed = slot + 1;
    }
}

#endif
