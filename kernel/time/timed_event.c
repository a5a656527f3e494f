/* SPDX-License-Identifier: MIT */
/* The timer interrupt: one event, the most urgent, or the end of quantum or budget. */
#include "kernel/time/timed_event.h"

#include "kernel/trace/trace_write.h"
#include "lib/bound.h"

void timed_event_move_irq(struct cpu *cpu, struct timed_event *event, unsigned level) {
    timer_queue_move(&cpu->events, event->id, event->level, level);
    event->level = (uint8_t)level;
    timed_event_watch_irq(cpu);
    timed_event_program_irq(cpu, cpu_level(cpu));
}

static NOINLINE void timed_event_refill_irq(struct cpu *cpu, struct timed_event *event) IRQ_MASKED {
    BOUND_CALLED(refill_event, timed_event_refill)(cpu, event);
}

void timed_event_interrupt_irq(struct cpu *cpu) {
    instant_t now = arch_timer_now();
    unsigned level = timer_queue_due_level(&cpu->events, now.ticks);
    cpu->timer_interrupts++;
    trace_enter_timer_irq(cpu, now);
    if (((cpu->below & ~CPU_BELOW_LOOK) >> level & 1) == 0 &&
        timer_queue_first_moment(&cpu->events, level) <= now.ticks) {
        unsigned id = timer_queue_first(&cpu->events, level);
        struct timed_event *event = cpu->event[id];
        if (UNLIKELY(event->kind == TIMED_EVENT_REFILL)) {
            timed_event_refill_irq(cpu, event);
        } else {
            timed_event_handler handler = timed_event_table[event->kind];
            timer_queue_remove(&cpu->events, id, level);
            BOUND_CALLED_TABLE(timed_event_table, handler)(cpu, event);
        }
    } else if (cpu->quantum_end.ticks <= now.ticks) {
        BOUND_CALLED(limit_event, timed_event_limit)(cpu);
    }
}
