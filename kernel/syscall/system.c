/* SPDX-License-Identifier: MIT */
/* System calls about the whole: what it tells of itself, and its end. Errands, which the image may have
 * functions for or not (kernel/proc/system.h). */
#include "kernel/proc/system.h"

#include "arch/cpu.h"
#include "kernel/proc/process_handles.h"
#include "kernel/syscall/errand.h"
#include "kernel/syscall/syscall.h"
#include "lib/bound.h"

/* Where there is nothing of it. Not static: BOUND_CALLEEs. */
int64_t system_read_nothing(uint64_t what, uint64_t first, void *records);
int64_t system_read_nothing(uint64_t what, uint64_t first, void *records) {
    (void)what, (void)first, (void)records;
    return STATUS_UNSUPPORTED;
}
void system_end_nothing(unsigned code);
void system_end_nothing(unsigned code) {
    (void)code;
}

BOUND_CALLEE(system_reader, system_read_nothing);
BOUND_CALLEE(system_ender, system_end_nothing);

static void read_work(void *argument) {
    struct errand *errand = argument;
    const system_reader read =
        errand->system->read != NULL ? errand->system->read : system_read_nothing;
    const int64_t value = BOUND_CALLED(system_reader, read)(errand->words[0], errand->words[1],
                                                            arch_cpu_self()->current->message_area);
    task_call_user_resume((uint64_t)(uintptr_t)errand, (uint64_t)value);
}
BOUND_STACK(read_work, 0);

static void end_work(void *argument) {
    struct errand *errand = argument;
    const system_ender end = errand->system->end != NULL ? errand->system->end : system_end_nothing;
    BOUND_CALLED(system_ender, end)((unsigned)errand->words[0]);
    task_call_user_resume((uint64_t)(uintptr_t)errand, (uint64_t)STATUS_UNSUPPORTED);
}
BOUND_STACK(end_work, 0);

/* O(1). */
static struct frame *system_errand_irq(void (*work)(void *), uint8_t right, uint64_t handle,
                                       const uint64_t words[2]) IRQ_MASKED {
    struct thread *self = arch_cpu_self()->current;
    struct errand *errand = errand_of_irq(self);
    void *system;
    const status_t status =
        handle_find(&self->process->handles, handle, HANDLE_SYSTEM, right, &system);
    if (status != STATUS_OK) {
        arch_frame_set_result(&self->frame, (uint64_t)(int64_t)status);
        return &self->frame;
    }
    errand->system = system;
    errand->words[0] = words[0];
    errand->words[1] = words[1];
    return errand_begin_irq(self, work);
}

struct frame *syscall_system_read(uint64_t a, uint64_t b, uint64_t c) {
    return system_errand_irq(read_work, HANDLE_RIGHT_RECEIVE, a, (const uint64_t[]){b, c});
}

struct frame *syscall_system_end(uint64_t a, uint64_t b, uint64_t c) {
    return system_errand_irq(end_work, HANDLE_RIGHT_KILL, a, (const uint64_t[]){b, c});
}
