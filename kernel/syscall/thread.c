/* SPDX-License-Identifier: MIT */
/* System calls of threads, and the exit of a process. What ends more than the caller, and what makes a
 * thread, is an errand. */
#include "kernel/proc/process_threads.h"
#include "kernel/sched/sched.h"
#include "kernel/syscall/errand.h"
#include "kernel/syscall/syscall.h"
#include "lib/bound.h"

/* O(1). */
static struct frame *answer_irq(status_t status) IRQ_MASKED {
    struct frame *frame = &arch_cpu_self()->current->frame;
    arch_frame_set_result(frame, (uint64_t)(int64_t)status);
    return frame;
}

/* --- Making ----------------------------------------------------------------------------------- */

static void create_work(void *argument) {
    struct errand *errand = argument;
    uint64_t name = 0;
    const status_t status = process_thread_make(&errand->thread, &name);
    task_call_user_resume((uint64_t)(uintptr_t)errand,
                          status == STATUS_OK ? name : (uint64_t)(int64_t)status);
}
BOUND_STACK(create_work, 0);

/* Another thread may write to the message area: what is asked is looked at here. */
struct frame *syscall_thread_create(uint64_t a, uint64_t b, uint64_t c) {
    (void)a, (void)b, (void)c;
    struct thread *self = arch_cpu_self()->current;
    errand_of_irq(self)->thread = *(const struct thread_request *)self->message_area;
    return errand_begin_irq(self, create_work);
}

/* --- Ending ----------------------------------------------------------------------------------- */

static void exit_work(void *argument) {
    (void)argument;
    process_end_all();
}
BOUND_STACK(exit_work, 0);

/* It leaves user mode for good: `work(argument)` does the rest. O(1). */
static struct frame *leave_irq(struct thread *self, void (*work)(void *),
                               uint64_t argument) IRQ_MASKED {
    arch_frame_prepare(&self->frame, work, (void *)(uintptr_t)argument, stack_top(self->stack));
    return &self->frame;
}

struct frame *syscall_exit(uint64_t a, uint64_t b, uint64_t c) {
    (void)b, (void)c;
    struct thread *self = arch_cpu_self()->current;
    struct process *process = self->process;
    process->end.code = (int64_t)a;
    process->ending = true;
    return leave_irq(self, exit_work, 0);
}

/* The first of several is not gone: it rests until the process ends. */
struct frame *syscall_thread_exit(uint64_t a, uint64_t b, uint64_t c) {
    struct thread *self = arch_cpu_self()->current;
    struct process *process = self->process;
    if (--process->live == 0) {
        return syscall_exit(a, b, c);
    }
    return self->id.index == process->thread.index
               ? thread_sleep_call(INSTANT_NEVER.ticks, 0, 0)
               : leave_irq(self, (void (*)(void *))(uintptr_t)task_call_thread_exit, a);
}

struct frame *syscall_thread_join(uint64_t a, uint64_t b, uint64_t c) {
    (void)c;
    const struct thread *self = arch_cpu_self()->current;
    const struct thread *thread = process_thread_find_irq(self->process, a);
    return thread == NULL ? answer_irq(STATUS_STALE)
                          : thread_join_call(thread_trace_id(thread),
                                             (uint64_t)(uintptr_t)self->message_area, b);
}
