/* SPDX-License-Identifier: MIT */
/* See errand.h. */
#define LOG_MODULE "user"

#include "kernel/syscall/errand.h"

#include "kernel/console/log.h"
#include "kernel/ipc/mailbox.h"
#include "kernel/ipc/mailbox_call.h"
#include "kernel/ipc/mailbox_hold.h"
#include "kernel/proc/process_object.h"
#include "kernel/proc/process_threads.h"
#include "kernel/syscall/syscall.h"
#include "kernel/trace/trace_write.h"
#include "lib/bound.h"

_Static_assert(SYSCALL_LOG_WRITE_MAX <= ARCH_USER_COPY_MAX, "one copy");
_Static_assert(SYSCALL_CONSOLE_WRITE_MAX == SYSCALL_LOG_WRITE_MAX, "one place for both");
_Static_assert(SYSCALL_CONSOLE_WRITE_MAX <= LOG_RECORD_MAX, "one record");

struct frame *errand_begin_irq(struct thread *self, void (*work)(void *)) {
    struct errand *errand = errand_of_irq(self);
    arch_frame_copy(&errand->frame, &self->frame);
    arch_frame_prepare(&self->frame, work, errand, vaddr_of(errand));
    return &self->frame;
}

/* Back to user mode, with `b` as the result, or to the end. A receive that found nothing any more is
 * called again: it waits then. */
struct frame *syscall_resume_call(uint64_t a, uint64_t b, uint64_t c) {
    (void)c;
    struct thread *self = arch_cpu_self()->current;
    const struct errand *errand = (const struct errand *)(uintptr_t)a;
    if (UNLIKELY(self->process->ending)) {
        arch_frame_prepare(&self->frame, process_thread_end, NULL, stack_top(self->stack));
        return &self->frame;
    }
    arch_frame_copy(&self->frame, &errand->frame);
    if ((status_t)b == STATUS_WOULD_BLOCK) {
        arch_user_frame_repeat(&self->frame, errand->again, errand->handle, errand->deadline);
    } else {
        arch_frame_set_result(&self->frame, b);
        trace_tell_irq(arch_cpu_self(), thread_trace_id(self), TRACE_ANSWER, b);
    }
    return &self->frame;
}

/* --- Receiving, where a sender is to be let in ------------------------------------------------- */

static void receive_work(void *argument) {
    struct errand *errand = argument;
    const status_t status =
        mailbox_try_receive(errand->mailbox, arch_cpu_self()->current->message_area);
    process_gift_let_go(&(struct process_gift){errand->mailbox, HANDLE_MAILBOX, 0});
    task_call_user_resume((uint64_t)(uintptr_t)errand, (uint64_t)(int64_t)status);
}

struct frame *errand_receive_irq(struct thread *self, struct mailbox *mailbox, uint64_t handle,
                                 uint64_t deadline) {
    struct errand *errand = errand_of_irq(self);
    mailbox_hold_irq(mailbox); /* another thread may close the handle */
    errand->mailbox = mailbox;
    errand_again_irq(errand, SYSCALL_MAILBOX_RECEIVE, handle, deadline);
    return errand_begin_irq(self, receive_work);
}

/* --- Freeing what the last handle held --------------------------------------------------------- */

static void free_work(void *argument) {
    struct errand *errand = argument;
    process_handle_left_free(&errand->left);
    task_call_user_resume((uint64_t)(uintptr_t)errand, STATUS_OK);
}

struct frame *errand_free_irq(struct thread *self, const struct handle_left *left) {
    errand_of_irq(self)->left = *left;
    return errand_begin_irq(self, free_work);
}

/* --- Text: lines of the log, and what is for the terminal ---------------------------------------- */

/* Only what is printed: a line is a line, and no terminal is told anything. */
static void text_clean(struct errand *errand) {
    BOUND_LOOP(letters, SYSCALL_LOG_WRITE_MAX);
    for (uint64_t i = 0; i < errand->length; i++) {
        BOUND_TURN(letters);
        const char letter = errand->text[i];
        errand->text[i] = letter >= ' ' && letter <= '~' ? letter : '?';
    }
}

static void log_write_work(void *argument) {
    struct errand *errand = argument;
    text_clean(errand);
    log_info("%s: %.*s", arch_cpu_self()->current->process->name, (int)errand->length,
             errand->text);
    task_call_user_resume((uint64_t)(uintptr_t)errand, STATUS_OK);
}

/* What can be refused, and the copy. O(SYSCALL_LOG_WRITE_MAX). */
static ALWAYS_INLINE status_t text_take_irq(struct errand *errand, struct process *process,
                                            uint8_t type, uint64_t handle, uint64_t address,
                                            uint64_t length) IRQ_MASKED {
    void *object;
    const status_t status =
        handle_find(&process->handles, handle, type, HANDLE_RIGHT_WRITE, &object);
    if (status != STATUS_OK) {
        return status;
    }
    if (length > SYSCALL_LOG_WRITE_MAX) {
        return STATUS_OUT_OF_RANGE;
    }
    errand->length = length;
    return arch_user_copy_from(errand->text, address, length);
}

struct frame *syscall_log_write(uint64_t a, uint64_t b, uint64_t c) {
    struct thread *self = arch_cpu_self()->current;
    const status_t status = text_take_irq(errand_of_irq(self), self->process, HANDLE_LOG, a, b, c);
    if (status != STATUS_OK) {
        arch_frame_set_result(&self->frame, (uint64_t)(int64_t)status);
        return &self->frame;
    }
    return errand_begin_irq(self, log_write_work);
}

/* What a line is made of, and its end; back, return, tab and bell, with which a line is edited. */
static bool is_for_terminal(char letter) {
    return (letter >= ' ' && letter <= '~') || (letter >= '\a' && letter <= '\n') || letter == '\r';
}

/* No escape sequences: what a terminal would do with them, nobody here could tell. */
static void text_clean_for_terminal(struct errand *errand) {
    BOUND_LOOP(terminal_letters, SYSCALL_CONSOLE_WRITE_MAX);
    for (uint64_t i = 0; i < errand->length; i++) {
        BOUND_TURN(terminal_letters);
        if (!is_for_terminal(errand->text[i])) {
            errand->text[i] = '?';
        }
    }
}

static void console_write_work(void *argument) {
    struct errand *errand = argument;
    text_clean_for_terminal(errand);
    const status_t status = log_put_text(errand->text, errand->length);
    (void)log_drain(); /* who computes at a priority above the log's own thread is heard, too */
    task_call_user_resume((uint64_t)(uintptr_t)errand, (uint64_t)(int64_t)status);
}

struct frame *syscall_console_write(uint64_t a, uint64_t b, uint64_t c) {
    struct thread *self = arch_cpu_self()->current;
    const status_t status =
        text_take_irq(errand_of_irq(self), self->process, HANDLE_CONSOLE, a, b, c);
    if (status != STATUS_OK) {
        arch_frame_set_result(&self->frame, (uint64_t)(int64_t)status);
        return &self->frame;
    }
    return errand_begin_irq(self, console_write_work);
}
