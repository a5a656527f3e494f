/* SPDX-License-Identifier: MIT */
/* What a thread does to itself and to others while they live: yield, sleep, priority, name. */
#include "kernel/sched/thread.h"

#include "kernel/sched/sched.h"

struct frame *thread_yield_call(uint64_t a, uint64_t b, uint64_t c) {
    (void)a, (void)b, (void)c;
    struct cpu *cpu = arch_cpu_self();
    struct thread *self = cpu->current;
    struct prio_node *next = self->node.next; /* the running thread is its level's oldest */
    if (next == &self->node) {
        return &self->frame;
    }
    prio_queue_rotate_to(&cpu->ready, next, self->priority);
    return sched_switch_irq(cpu, thread_of_node(next));
}

struct frame *thread_reschedule_call(uint64_t a, uint64_t b, uint64_t c) {
    (void)a, (void)b, (void)c;
    struct cpu *cpu = arch_cpu_self();
    arch_frame_set_result(&cpu->current->frame, STATUS_OK);
    return sched_exit_irq(cpu);
}

struct frame *thread_sleep_call(uint64_t a, uint64_t b, uint64_t c) {
    (void)b, (void)c;
    struct cpu *cpu = arch_cpu_self();
    instant_t when = {a};
    if (when.ticks <= arch_timer_now().ticks) {
        return &cpu->current->frame;
    }
    return sched_block_until_irq(cpu, NULL, NULL, TIMED_EVENT_WAKE, when);
}

/* Moves `thread` to `priority` in the queue it stands in, if any, and its timed event with it.
 * O(log timed events). */
static void thread_requeue_irq(struct cpu *cpu, struct thread *thread,
                               unsigned priority) IRQ_MASKED {
    unsigned old = thread->priority;
    thread->priority = (uint8_t)priority;
    thread->below = thread_below(thread);
    if (thread->state == THREAD_WAITING_TIMED) {
        timed_event_move_irq(cpu, &thread->timeout, priority);
    }
    if (thread_is_waiting(thread) && thread->wait_queue != NULL) {
        prio_queue_remove(thread->wait_queue, &thread->node, old);
        prio_queue_insert_tail(thread->wait_queue, &thread->node, priority);
    }
    if (thread->state != THREAD_READY) {
        return;
    }
    prio_queue_remove(thread->home, &thread->node, old);
    if (thread == cpu->current) {
        prio_queue_insert_head(thread->home, &thread->node, priority);
    } else {
        prio_queue_insert_tail(thread->home, &thread->node, priority);
    }
}

status_t thread_set_priority(thread_id_t id, unsigned priority) {
    if (priority > THREAD_PRIORITY_MAX) {
        return STATUS_OUT_OF_RANGE;
    }
    bool changed = false;
    arch_irq_mask();
    struct cpu *cpu = arch_cpu_self();
    struct thread *thread = thread_find_irq(id);
    if (thread != NULL && thread->priority != priority) {
        thread_requeue_irq(cpu, thread, priority);
        changed = true;
    }
    arch_irq_unmask();
    if (changed) {
        task_call_reschedule();
    }
    return thread != NULL ? STATUS_OK : STATUS_STALE;
}

status_t thread_get_priority(thread_id_t id, unsigned *priority) {
    uint64_t saved = arch_irq_save();
    const struct thread *thread = thread_find_irq(id);
    if (thread != NULL) {
        *priority = thread->priority;
    }
    arch_irq_restore(saved);
    return thread != NULL ? STATUS_OK : STATUS_STALE;
}

status_t thread_get_name(thread_id_t id, const char **name) {
    uint64_t saved = arch_irq_save();
    const struct thread *thread = thread_find_irq(id);
    if (thread != NULL) {
        *name = thread->name != NULL ? thread->name : "thread";
    }
    arch_irq_restore(saved);
    return thread != NULL ? STATUS_OK : STATUS_STALE;
}
