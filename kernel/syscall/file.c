/* SPDX-License-Identifier: MIT */
/* System calls about files of the archive: errands, which the image may have a function for or not
 * (kernel/proc/spawn.h). */
#include "kernel/proc/file.h"

#include "arch/cpu.h"
#include "kernel/proc/process_handles.h"
#include "kernel/proc/spawn.h"
#include "kernel/syscall/errand.h"
#include "kernel/syscall/syscall.h"
#include "lib/bound.h"

/* Where there are none. Not static: a BOUND_CALLEE. */
int64_t file_serve_nothing(const struct cpio *archive, const struct file_request *request,
                           void *area);
int64_t file_serve_nothing(const struct cpio *archive, const struct file_request *request,
                           void *area) {
    (void)archive, (void)request, (void)area;
    return STATUS_UNSUPPORTED;
}

BOUND_CALLEE(programs_files, file_serve_nothing);

static void file_serve_errand(struct errand *errand, const struct file_request *request) {
    const struct programs *programs = errand->programs;
    const programs_files files = programs->files != NULL ? programs->files : file_serve_nothing;
    const int64_t value = BOUND_CALLED(programs_files, files)(
        programs->archive, request, arch_cpu_self()->current->message_area);
    task_call_user_resume((uint64_t)(uintptr_t)errand, (uint64_t)value);
}

static void look_work(void *argument) {
    struct errand *errand = argument;
    const struct file_request request = {.index = errand->words[0]};
    file_serve_errand(errand, &request);
}
BOUND_STACK(look_work, 0);

static void read_work(void *argument) {
    struct errand *errand = argument;
    const struct file_request request = {
        .is_read = true, .offset = errand->words[0], .length = errand->words[1]};
    file_serve_errand(errand, &request);
}
BOUND_STACK(read_work, 0);

/* O(1). */
static struct frame *file_errand_irq(void (*work)(void *), uint64_t handle, uint64_t first,
                                     uint64_t second) IRQ_MASKED {
    struct thread *self = arch_cpu_self()->current;
    struct errand *errand = errand_of_irq(self);
    void *programs;
    const status_t status = handle_find(&self->process->handles, handle, HANDLE_PROGRAMS,
                                        HANDLE_RIGHT_RECEIVE, &programs);
    if (status != STATUS_OK) {
        arch_frame_set_result(&self->frame, (uint64_t)(int64_t)status);
        return &self->frame;
    }
    errand->programs = programs;
    errand->words[0] = first;
    errand->words[1] = second;
    return errand_begin_irq(self, work);
}

struct frame *syscall_file_look(uint64_t a, uint64_t b, uint64_t c) {
    (void)c;
    return file_errand_irq(look_work, a, b, 0);
}

struct frame *syscall_file_read(uint64_t a, uint64_t b, uint64_t c) {
    return file_errand_irq(read_work, a, b, c);
}
