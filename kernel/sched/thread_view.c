/* SPDX-License-Identifier: MIT */
/* The name is copied with the rest, in one masked stretch: its owner may be gone right after. */
#include "kernel/sched/thread_view.h"

#include "kernel/sched/cpu_time_internal.h"
#include "lib/bound.h"

static void thread_view_name_irq(const struct thread *thread, char *name) IRQ_MASKED {
    const char *from = thread->name != NULL ? thread->name : "thread";
    unsigned length = 0;
    BOUND_LOOP(letters, THREAD_VIEW_NAME);
    while (length < THREAD_VIEW_NAME - 1 && from[length] != '\0') {
        BOUND_TURN(letters);
        name[length] = from[length];
        length++;
    }
    name[length] = '\0';
}

static uint8_t thread_view_state_irq(const struct cpu *cpu,
                                     const struct thread *thread) IRQ_MASKED {
    if (thread == cpu->current) {
        return THREAD_VIEW_RUNS;
    }
    if (thread->state == THREAD_READY) {
        return thread_is_suspended(cpu, thread) ? THREAD_VIEW_SUSPENDED : THREAD_VIEW_READY;
    }
    if (thread->state == THREAD_WAITING) {
        return THREAD_VIEW_WAITS;
    }
    if (thread->state == THREAD_WAITING_TIMED) {
        return THREAD_VIEW_WAITS_TIME;
    }
    return thread->state == THREAD_ENDED ? THREAD_VIEW_ENDED : THREAD_VIEW_WAITS_ANY;
}

status_t thread_view_of(unsigned slot, struct thread_view *view) {
    if (slot >= CONFIG_THREAD_SLOTS) {
        return STATUS_OUT_OF_RANGE;
    }
    uint64_t saved = arch_irq_save();
    const struct cpu *cpu = arch_cpu_self();
    const struct thread *thread = &thread_slots[slot];
    const bool found = thread->state != THREAD_FREE;
    if (found) {
        view->id = thread->id;
        view->state = thread_view_state_irq(cpu, thread);
        view->priority = thread->priority;
        view->base_priority = thread->rank.base;
        view->is_counted = thread->timed != 0;
        view->ran = view->is_counted ? thread_time_irq(cpu, thread) : (duration_t){0};
        thread_view_name_irq(thread, view->name);
    }
    arch_irq_restore(saved);
    return found ? STATUS_OK : STATUS_NOT_FOUND;
}
