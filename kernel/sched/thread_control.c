/* SPDX-License-Identifier: MIT */
/* What a thread does to itself and to others while they live: yield, sleep, priority, name. */
#include "kernel/sched/thread.h"

#include "kernel/sched/deadline_order.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/server_internal.h"
#include "kernel/sched/turnstile.h"
#include "kernel/sched/wait_place.h"

struct frame *thread_yield_call(uint64_t a, uint64_t b, uint64_t c) {
    (void)a, (void)b, (void)c;
    struct cpu *cpu = arch_cpu_self();
    struct thread *self = cpu->current;
    struct prio_node *next = self->node.next; /* the running thread is its level's oldest */
    /* Alone it follows itself, and all of this changes nothing: no question asked for that. */
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

void sched_set_priority_irq(struct cpu *cpu, struct thread *thread, unsigned priority) {
    unsigned old = thread->priority;
    struct prio_queue *queue = thread->home;
    trace_tell_irq(cpu, thread_trace_id(thread), trace_what(TRACE_PRIORITY, priority, 0), 0);
    thread->priority = (uint8_t)priority;
    thread->below = thread_below(thread);
    if (thread->state != THREAD_READY) {
        if (UNLIKELY(!thread_is_waiting(thread))) {
            if (thread->state == THREAD_WAITING_ANY) {
                cpu->settling = thread; /* its places are to follow */
            }
            return;
        }
        queue = thread->wait_queue;
    }
    if (queue == NULL) {
        return;
    }
    deadline_order_forget(cpu); /* who is last of a level says no more who came since */
    prio_queue_remove(queue, &thread->node, old);
    if (thread == cpu->current) {
        prio_queue_insert_head(queue, &thread->node, priority);
    } else {
        prio_queue_insert_tail(queue, &thread->node, priority);
    }
}

/* Where the wait of `thread` ends by time: its event goes to the level that the thread is about to
 * have with base `base`. Whether it did: as two branches, not a value. O(log timed events). */
static ALWAYS_INLINE bool thread_retime_irq(struct cpu *cpu, struct thread *thread,
                                            unsigned base) IRQ_MASKED {
    bool any = thread->any != NULL && thread->any->armed;
    if (thread->state != THREAD_WAITING_TIMED && !any) {
        return false;
    }
    unsigned lent = bits_highest(thread->lent_levels | 1);
    unsigned level = base > lent ? base : lent;
    if (thread->timeout.level == level) {
        return false;
    }
    timed_event_move_irq(cpu, &thread->timeout, level);
    return true;
}

static NOINLINE status_t thread_may_have_irq(const struct thread *thread,
                                             unsigned base) IRQ_MASKED {
    if (thread == NULL) {
        return STATUS_STALE;
    }
    bool served = thread->timed & THREAD_TIMED_SERVED;
    return served && !server_allows(thread->server, base) ? STATUS_OUT_OF_RANGE : STATUS_OK;
}

/* What turnstile_enter() has begun. */
static ALWAYS_INLINE status_t thread_set_base(struct cpu *cpu, struct thread *thread,
                                              status_t status, unsigned base) UNMASKS_IRQ {
    if (status == STATUS_OK) {
        unsigned old = thread->priority;
        thread->rank.base = (uint8_t)base;
        turnstile_settle_irq(cpu, thread);
        turnstile_urge_irq(cpu, old > thread->priority ? old : thread->priority);
    }
    turnstile_leave(cpu);
    return status;
}

/* The event of its wait is where the thread is about to be. What another does to the thread between
 * the stretches, the event follows in the end. */
static NOINLINE status_t thread_set_priority_retimed(thread_id_t id, unsigned priority) {
    turnstile_enter();
    struct cpu *cpu = arch_cpu_self();
    struct thread *thread = thread_find_irq(id);
    status_t status = thread_set_base(cpu, thread, thread_may_have_irq(thread, priority), priority);
    arch_irq_mask();
    thread = thread_find_irq(id);
    if (thread != NULL) {
        (void)thread_retime_irq(cpu, thread, thread->rank.base);
    }
    arch_irq_unmask();
    return status;
}

/* The event of a wait moves in a stretch of its own: with the change it would be too long. */
status_t thread_set_priority(thread_id_t id, unsigned priority) {
    if (priority > THREAD_PRIORITY_MAX) {
        return STATUS_OUT_OF_RANGE;
    }
    turnstile_enter();
    struct cpu *cpu = arch_cpu_self();
    struct thread *thread = thread_find_irq(id);
    status_t status = thread_may_have_irq(thread, priority);
    if (status == STATUS_OK && thread_retime_irq(cpu, thread, priority)) {
        arch_irq_unmask();
        return thread_set_priority_retimed(id, priority);
    }
    return thread_set_base(cpu, thread, status, priority);
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

status_t thread_get_base_priority(thread_id_t id, unsigned *priority) {
    uint64_t saved = arch_irq_save();
    const struct thread *thread = thread_find_irq(id);
    if (thread != NULL) {
        *priority = thread->rank.base;
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
