/* SPDX-License-Identifier: MIT */
/* The timer interrupt: a bounded number of due events, then the next compare. */
#include "kernel/time/timed_event.h"

#include "lib/bound.h"

void timed_event_interrupt_irq(struct cpu *cpu) {
    cpu->timer_interrupts++;
    instant_t now = arch_timer_now();
    BOUND_LOOP(due, CONFIG_TIMED_EVENTS_PER_IRQ);
    for (unsigned handled = 0; handled < CONFIG_TIMED_EVENTS_PER_IRQ; handled++) {
        BOUND_TURN(due);
        if (stable_heap_is_empty(&cpu->events)) {
            break;
        }
        struct stable_heap_node *first = stable_heap_first(&cpu->events);
        if (first->key > arch_timer_now().ticks) {
            break;
        }
        struct timed_event *event = CONTAINER_OF(first, struct timed_event, node);
        stable_heap_remove(&cpu->events, first);
        timed_event_handler handler = timed_event_table[event->kind];
        BOUND_CALLED_TABLE(timed_event_table, handler)(cpu, event);
    }
    if (cpu->quantum_end.ticks <= now.ticks) {
        timed_event_handler handler = timed_event_table[TIMED_EVENT_QUANTUM];
        BOUND_CALLED(quantum_event, handler)(cpu, NULL);
    }
    timed_event_program_irq(cpu);
}
