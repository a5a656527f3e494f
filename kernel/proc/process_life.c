/* SPDX-License-Identifier: MIT */
/*
 * A thread of user mode is, whenever it does not run, at a border: interrupted between two of its
 * instructions, or in a system call that waits. Nothing of the kernel is half done there, so another
 * frame can be put in its place. The exception is a thread that reports its fault: it ends anyway.
 */
#include "kernel/proc/process_life.h"

#include "kernel/proc/process_threads.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/turnstile.h"
#include "kernel/time/timed_event.h"

/* It runs, to leave the turnstile it stands in, before its level: there may be those to whom it lends its
 * priority until then. O(log timed events). */
static bool process_wake_irq(struct cpu *cpu, struct thread *thread) IRQ_MASKED {
    const bool ask = sched_wake_irq(cpu, thread, STATUS_CLOSED);
    if (thread->turnstile == NULL) {
        return ask;
    }
    prio_queue_lead(thread->home, &thread->node, thread->priority);
    return true;
}

/* It waits no longer. O(log timed events). */
static bool process_unwait_irq(struct cpu *cpu, struct thread *thread) IRQ_MASKED {
    if (thread->wait_queue != NULL) {
        prio_queue_remove(thread->wait_queue, &thread->node, thread->priority);
    }
    if (thread->joining != NULL) {
        thread->joining->joiner = NULL;
        thread->joining = NULL;
    }
    return process_wake_irq(cpu, thread);
}

/* It works in the kernel: for an answer of a port it waits no longer. O(log timed events). */
static void process_unwait_port_irq(struct cpu *cpu, struct thread *thread, bool *ask) IRQ_MASKED {
    thread->unwanted = thread->id.generation;
    if (thread->turnstile != NULL && thread->turnstile->is_port && thread_is_waiting(thread)) {
        *ask = process_wake_irq(cpu, thread);
    }
}

void process_end_thread_irq(struct cpu *cpu, thread_id_t id, bool *ask) {
    struct thread *thread = thread_find_irq(id);
    if (thread == NULL || thread->state == THREAD_ENDED || thread->faulted) {
        return;
    }
    if (!arch_frame_is_user(&thread->frame)) {
        process_unwait_port_irq(cpu, thread, ask);
        return; /* it works for a system call, and syscall_resume_call() sees to it; or it ends already */
    }
    if (thread_is_waiting(thread)) {
        *ask = process_unwait_irq(cpu, thread);
    }
    arch_frame_prepare(&thread->frame, process_thread_end, NULL, stack_top(thread->stack));
}
