/* SPDX-License-Identifier: MIT */
/* System calls that make mailboxes, and give and find their names: errands, all of them. */
#include "kernel/proc/names.h"
#include "kernel/proc/process_handles.h"
#include "kernel/syscall/errand.h"
#include "kernel/syscall/syscall.h"
#include "lib/bound.h"

static struct process *process_self(void) {
    return arch_cpu_self()->current->process;
}

static void answer_handle(struct errand *errand, status_t status, uint32_t handle) {
    const int64_t value = status == STATUS_OK ? (int64_t)handle : status;
    task_call_user_resume((uint64_t)(uintptr_t)errand, (uint64_t)value);
}

static void create_work(void *argument) {
    struct errand *errand = argument;
    uint32_t handle = 0;
    const status_t status =
        process_mailbox_make(process_self(), errand->words[0], errand->words[1], &handle);
    answer_handle(errand, status, handle);
}
BOUND_STACK(create_work, 0);

static void publish_work(void *argument) {
    struct errand *errand = argument;
    uint32_t handle = 0;
    const status_t status = names_publish(process_self(), arch_cpu_self()->current->message_area,
                                          errand->words[0], errand->words[1], &handle);
    answer_handle(errand, status, handle);
}
BOUND_STACK(publish_work, 0);

static void find_work(void *argument) {
    struct errand *errand = argument;
    uint32_t handle = 0;
    const status_t status = names_find(process_self(), arch_cpu_self()->current->message_area,
                                       errand->words[0], &handle);
    answer_handle(errand, status, handle);
}
BOUND_STACK(find_work, 0);

/* O(1). */
static struct frame *errand_with_irq(void (*work)(void *), uint64_t a, uint64_t b) IRQ_MASKED {
    struct thread *self = arch_cpu_self()->current;
    struct errand *errand = errand_of_irq(self);
    errand->words[0] = a;
    errand->words[1] = b;
    return errand_begin_irq(self, work);
}

/* Whether its handle of the names has the right to it; else that is the answer. O(1). */
static status_t names_judge_irq(uint64_t handle, uint8_t right) IRQ_MASKED {
    void *object;
    struct thread *self = arch_cpu_self()->current;
    const status_t status =
        handle_find(&self->process->handles, handle, HANDLE_NAMES, right, &object);
    if (status != STATUS_OK) {
        arch_frame_set_result(&self->frame, (uint64_t)(int64_t)status);
    }
    return status;
}

struct frame *syscall_mailbox_create(uint64_t a, uint64_t b, uint64_t c) {
    (void)c;
    return errand_with_irq(create_work, a, b);
}

struct frame *syscall_name_publish(uint64_t a, uint64_t b, uint64_t c) {
    return names_judge_irq(a, HANDLE_RIGHT_WRITE) == STATUS_OK ? errand_with_irq(publish_work, b, c)
                                                               : &arch_cpu_self()->current->frame;
}

struct frame *syscall_name_find(uint64_t a, uint64_t b, uint64_t c) {
    (void)c;
    return names_judge_irq(a, HANDLE_RIGHT_RECEIVE) == STATUS_OK ? errand_with_irq(find_work, b, 0)
                                                                 : &arch_cpu_self()->current->frame;
}
