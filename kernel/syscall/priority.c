/* SPDX-License-Identifier: MIT */
/* A process gets another priority, by who may kill it: no higher than its own children may have. An errand,
 * as those whom its thread lends its priority follow. */
#include "kernel/proc/process_handles.h"
#include "kernel/syscall/errand.h"
#include "kernel/syscall/syscall.h"
#include "lib/bound.h"

static void priority_work(void *argument) {
    struct errand *errand = argument;
    thread_id_t thread;
    status_t status = process_thread(errand->process, &thread);
    if (status == STATUS_OK) {
        status = thread_set_priority(thread, (unsigned)errand->words[0]);
    }
    task_call_user_resume((uint64_t)(uintptr_t)errand, (uint64_t)(int64_t)status);
}
BOUND_STACK(priority_work, 0);

/* Whose, and whether it may be. O(1). */
static status_t priority_judge_irq(struct process *self, uint64_t handle, uint64_t priority,
                                   process_id_t *process) IRQ_MASKED {
    void *object;
    const status_t status =
        handle_find(&self->handles, handle, HANDLE_PROCESS, HANDLE_RIGHT_KILL, &object);
    if (status != STATUS_OK) {
        return status;
    }
    *process = process_of_object(object);
    return priority > self->ceiling ? STATUS_DENIED : STATUS_OK;
}

struct frame *syscall_process_priority(uint64_t a, uint64_t b, uint64_t c) {
    (void)c;
    struct thread *self = arch_cpu_self()->current;
    struct errand *errand = errand_of_irq(self);
    const status_t status = priority_judge_irq(self->process, a, b, &errand->process);
    if (status != STATUS_OK) {
        arch_frame_set_result(&self->frame, (uint64_t)(int64_t)status);
        return &self->frame;
    }
    errand->words[0] = b;
    return errand_begin_irq(self, priority_work);
}
