/* SPDX-License-Identifier: MIT */
/* Deadlines, as threads set them. Who becomes one that runs by deadline is special from then on, and
 * the next switch looks at it. */
#include "kernel/sched/edf.h"

#include "arch/task_call.h"
#include "kernel/sched/deadline_order.h"
#include "kernel/sched/edf_internal.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/server.h"

struct frame *edf_set_call(uint64_t a, uint64_t b, uint64_t c) {
    (void)c;
    instant_t release = {b};
    struct cpu *cpu = arch_cpu_self();
    struct thread *self = cpu->current;
    arch_frame_set_result(&self->frame, STATUS_OK);
    if (UNLIKELY(self->timed & THREAD_TIMED_SERVED)) {
        arch_frame_set_result(&self->frame, (uint64_t)(int64_t)STATUS_UNSUPPORTED);
        return release.ticks > arch_timer_now().ticks
                   ? sched_block_until_irq(cpu, NULL, NULL, TIMED_EVENT_WAKE, release)
                   : &self->frame;
    }
    bool any = a != INSTANT_NEVER.ticks;
    self->deadline = (instant_t){a};
    self->by_deadline = any;
    self->round_robin = any;
    self->quantum_left = (duration_t){0};
    self->below = thread_below(self);
    cpu->quantum_end = INSTANT_NEVER;
    deadline_order_forget(cpu);
    if (release.ticks > arch_timer_now().ticks) {
        return sched_block_until_irq(cpu, NULL, NULL, TIMED_EVENT_WAKE, release);
    }
    prio_queue_rotate(&cpu->ready, self->priority); /* the youngest of its equals */
    return sched_exit_irq(cpu);
}

status_t edf_set_deadline(instant_t deadline) {
    return task_call_edf_set(deadline.ticks, 0);
}

status_t edf_get_deadline(thread_id_t id, instant_t *deadline) {
    uint64_t saved = arch_irq_save();
    const struct thread *thread = thread_find_irq(id);
    if (thread != NULL) {
        bool is_server = (thread->timed & THREAD_TIMED_SERVED) && thread->by_deadline;
        *deadline = is_server             ? thread->server->bandwidth.deadline
                    : thread->by_deadline ? thread->deadline
                                          : INSTANT_NEVER;
    }
    arch_irq_restore(saved);
    return thread != NULL ? STATUS_OK : STATUS_STALE;
}
