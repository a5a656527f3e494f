/* SPDX-License-Identifier: MIT */
/*
 * Suspending and resuming. Who is suspended has another home: where it stands while it is READY.
 * That is the queue `parked`, from which nobody is picked; so waking a thread, which happens all the
 * time, need not ask whether it is suspended, and a wait goes on as ever. Who suspends itself waits
 * for being resumed, as one waits for anything else.
 */
#include "kernel/sched/deadline_order.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/server_internal.h"

struct frame *thread_suspend_call(uint64_t a, uint64_t b, uint64_t c) {
    (void)a, (void)b, (void)c;
    struct cpu *cpu = arch_cpu_self();
    cpu->current->home = &cpu->parked;
    return sched_block_irq(cpu, NULL, &cpu->parked);
}

/* O(1). */
static status_t thread_suspend_irq(struct cpu *cpu, struct thread *thread) IRQ_MASKED {
    if (thread == NULL || thread->state == THREAD_ENDED) {
        return STATUS_STALE;
    }
    if (thread_is_suspended(cpu, thread)) {
        return STATUS_BUSY;
    }
    if (thread->state == THREAD_READY) {
        deadline_order_interrupt(cpu);
        thread_go_home_irq(thread, &cpu->parked);
        if (UNLIKELY(thread->timed & THREAD_TIMED_SERVED)) {
            server_suspend_irq(thread);
        }
    }
    thread->home = &cpu->parked;
    return STATUS_OK;
}

/* Apart, so that who suspends itself needs no stack frame. */
static NOINLINE status_t thread_suspend_other(thread_id_t id) {
    arch_irq_mask();
    status_t status = thread_suspend_irq(arch_cpu_self(), thread_find_irq(id));
    arch_irq_unmask();
    if (status == STATUS_OK) {
        task_call_reschedule(); /* the running one's level may be its own now */
    }
    return status;
}

status_t thread_suspend(thread_id_t id) {
    thread_id_t self = thread_self(); /* as long as the caller runs, it has this id */
    if (id.index == self.index && id.generation == self.generation) {
        return task_call_thread_suspend();
    }
    return thread_suspend_other(id);
}

/* True when the exit must be asked. O(1). */
static bool thread_resume_irq(struct cpu *cpu, struct thread *thread) IRQ_MASKED {
    if (thread->state == THREAD_READY) {
        thread_go_home_irq(thread, &cpu->ready);
        return true;
    }
    thread->home = &cpu->ready;
    bool itself = thread->state == THREAD_WAITING && thread->wait_buffer == &cpu->parked;
    return itself && sched_wake_untimed_irq(cpu, thread, STATUS_OK);
}

/* Whose home is `parked` lives: nobody ends there. */
status_t thread_resume(thread_id_t id) {
    if (UNLIKELY(id.index >= CONFIG_THREAD_SLOTS)) {
        return STATUS_STALE;
    }
    struct thread *thread = &thread_slots[id.index];
    arch_irq_mask();
    struct cpu *cpu = arch_cpu_self();
    bool stale = thread->id.generation != id.generation;
    if (UNLIKELY(stale || !thread_is_suspended(cpu, thread))) {
        stale |= thread->state == THREAD_FREE || thread->state == THREAD_ENDED;
        arch_irq_unmask();
        return stale ? STATUS_STALE : STATUS_NOT_FOUND;
    }
    bool ask = thread_resume_irq(cpu, thread);
    arch_irq_unmask();
    return ask ? task_call_reschedule() : STATUS_OK;
}
