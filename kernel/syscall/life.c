/* SPDX-License-Identifier: MIT */
/* System calls of the life of processes. Waiting is done in the door, as any wait; what makes, ends and
 * gives back is an errand. */
#include "abi/spawn.h"
#include "kernel/proc/process_handles.h"
#include "kernel/proc/spawn.h"
#include "kernel/syscall/errand.h"
#include "kernel/syscall/syscall.h"
#include "lib/bound.h"

/* O(1). */
static struct frame *answer_irq(status_t status) IRQ_MASKED {
    struct frame *frame = &arch_cpu_self()->current->frame;
    arch_frame_set_result(frame, (uint64_t)(int64_t)status);
    return frame;
}

static void errand_end(struct errand *errand, int64_t value) {
    task_call_user_resume((uint64_t)(uintptr_t)errand, (uint64_t)value);
}

/* --- Spawning --------------------------------------------------------------------------------- */

/* Where there is no loader. Not static: a BOUND_CALLEE. */
status_t spawn_nothing(struct process *parent, const struct cpio *archive,
                       const struct spawn_request *request, uint32_t *handle);
status_t spawn_nothing(struct process *parent, const struct cpio *archive,
                       const struct spawn_request *request, uint32_t *handle) {
    (void)parent, (void)archive, (void)request, (void)handle;
    return STATUS_UNSUPPORTED;
}

BOUND_CALLEE(programs_spawn, spawn_nothing);

static void spawn_work(void *argument) {
    struct errand *errand = argument;
    const struct thread *self = arch_cpu_self()->current;
    uint32_t handle = 0;
    const struct programs *programs = errand->programs;
    const programs_spawn spawn = programs->spawn != NULL ? programs->spawn : spawn_nothing;
    const status_t status = BOUND_CALLED(programs_spawn, spawn)(self->process, programs->archive,
                                                                self->message_area, &handle);
    errand_end(errand, status == STATUS_OK ? (int64_t)handle : status);
}

BOUND_STACK(spawn_work, 0);

struct frame *syscall_process_spawn(uint64_t a, uint64_t b, uint64_t c) {
    (void)b, (void)c;
    struct thread *self = arch_cpu_self()->current;
    void *programs;
    const status_t status =
        handle_find(&self->process->handles, a, HANDLE_PROGRAMS, HANDLE_RIGHT_SPAWN, &programs);
    if (status != STATUS_OK) {
        return answer_irq(status);
    }
    errand_of_irq(self)->programs = programs;
    return errand_begin_irq(self, spawn_work);
}

/* --- Waiting, collecting, killing --------------------------------------------------------------- */

/* The process of a handle. STALE: it is gone, too. O(1). */
static ALWAYS_INLINE status_t child_find_irq(uint64_t handle, uint8_t right, process_id_t *id,
                                             struct process **process) IRQ_MASKED {
    void *object;
    const status_t status =
        handle_find(&process_current_irq()->handles, handle, HANDLE_PROCESS, right, &object);
    if (status != STATUS_OK) {
        return status;
    }
    *id = process_of_object(object);
    *process = process_find_irq(*id);
    return *process != NULL ? STATUS_OK : STATUS_STALE;
}

/* As thread_join_call(), but an end that is there already stays for process_collect. */
static struct frame *wait_irq(struct process *process, instant_t deadline) IRQ_MASKED {
    struct cpu *cpu = arch_cpu_self();
    struct thread *child = thread_find_irq(process->thread);
    if (child == NULL || child->state == THREAD_ENDED) {
        return answer_irq(STATUS_OK);
    }
    if (child->joiner != NULL) {
        return answer_irq(STATUS_BUSY);
    }
    if (deadline.ticks <= arch_timer_now().ticks) {
        return answer_irq(STATUS_TIMED_OUT);
    }
    child->joiner = cpu->current;
    cpu->current->joining = child;
    return sched_block_until_irq(cpu, NULL, &process->end.code, TIMED_EVENT_TIMEOUT, deadline);
}

struct frame *syscall_process_wait(uint64_t a, uint64_t b, uint64_t c) {
    (void)c;
    process_id_t id;
    struct process *process;
    const status_t status = child_find_irq(a, HANDLE_RIGHT_WAIT, &id, &process);
    return status != STATUS_OK ? answer_irq(status) : wait_irq(process, (instant_t){b});
}

static void collect_work(void *argument) {
    struct errand *errand = argument;
    struct process_end end;
    const status_t status = process_wait_until(errand->process, &end, (instant_t){0});
    if (status == STATUS_OK || status == STATUS_FAULTED || status == STATUS_CLOSED) {
        *(struct spawn_end *)arch_cpu_self()->current->message_area =
            (struct spawn_end){end.code, end.syndrome, end.address, end.pc};
    }
    errand_end(errand, status);
}

BOUND_STACK(collect_work, 0);

static void kill_work(void *argument) {
    struct errand *errand = argument;
    errand_end(errand, process_kill(errand->process));
}

/* O(1). */
static struct frame *process_errand_irq(uint64_t handle, uint8_t right,
                                        void (*work)(void *)) IRQ_MASKED {
    struct thread *self = arch_cpu_self()->current;
    struct process *process;
    const status_t status = child_find_irq(handle, right, &errand_of_irq(self)->process, &process);
    return status != STATUS_OK ? answer_irq(status) : errand_begin_irq(self, work);
}

struct frame *syscall_process_collect(uint64_t a, uint64_t b, uint64_t c) {
    (void)b, (void)c;
    return process_errand_irq(a, HANDLE_RIGHT_WAIT, collect_work);
}

struct frame *syscall_process_kill(uint64_t a, uint64_t b, uint64_t c) {
    (void)b, (void)c;
    return process_errand_irq(a, HANDLE_RIGHT_KILL, kill_work);
}
