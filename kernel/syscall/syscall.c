/* SPDX-License-Identifier: MIT */
/*
 * No call takes a pointer of user mode but log_write: messages lie in the thread's message area, which
 * the kernel has a name of its own for, so the hand-off from one thread to another is the kernel's own
 * and needs neither space.
 */
#include "kernel/syscall/syscall.h"

#include "abi/syscall.h"
#include "kernel/ipc/mailbox_call.h"
#include "kernel/proc/process_handles.h"
#include "kernel/sched/sched.h"
#include "kernel/syscall/errand.h"

/* O(1). */
static ALWAYS_INLINE struct frame *answer_irq(int64_t value) IRQ_MASKED {
    struct frame *frame = &arch_cpu_self()->current->frame;
    arch_frame_set_result(frame, (uint64_t)value);
    return frame;
}

struct frame *syscall_null(uint64_t a, uint64_t b, uint64_t c) {
    (void)a, (void)b, (void)c;
    return answer_irq(STATUS_OK);
}

struct frame *syscall_unknown(uint64_t a, uint64_t b, uint64_t c) {
    (void)a, (void)b, (void)c;
    return answer_irq(STATUS_UNSUPPORTED);
}

struct frame *syscall_yield(uint64_t a, uint64_t b, uint64_t c) {
    (void)answer_irq(STATUS_OK);
    return thread_yield_call(a, b, c);
}

struct frame *syscall_sleep_until(uint64_t a, uint64_t b, uint64_t c) {
    (void)answer_irq(STATUS_OK);
    return thread_sleep_call(a, b, c);
}

/* O(1). */
static status_t find_irq(uint64_t handle, enum handle_type type, uint8_t rights,
                         void **object) IRQ_MASKED {
    return handle_find(&process_current_irq()->handles, handle, (uint8_t)type, rights, object);
}

struct frame *syscall_mailbox_send(uint64_t a, uint64_t b, uint64_t c) {
    (void)c;
    void *mailbox;
    const status_t status = find_irq(a, HANDLE_MAILBOX, HANDLE_RIGHT_SEND, &mailbox);
    if (UNLIKELY(status != STATUS_OK)) {
        return answer_irq(status);
    }
    return mailbox_send_call((uint64_t)(uintptr_t)mailbox,
                             (uint64_t)(uintptr_t)arch_cpu_self()->current->message_area, b);
}

struct frame *syscall_mailbox_receive(uint64_t a, uint64_t b, uint64_t c) {
    (void)c;
    struct thread *self = arch_cpu_self()->current;
    void *mailbox;
    const status_t status = find_irq(a, HANDLE_MAILBOX, HANDLE_RIGHT_RECEIVE, &mailbox);
    if (UNLIKELY(status != STATUS_OK)) {
        return answer_irq(status);
    }
    if (UNLIKELY(mailbox_lets_in_irq(mailbox))) {
        return errand_receive_irq(self, mailbox, a, b);
    }
    return mailbox_receive_short_irq(self, mailbox, self->message_area, (instant_t){b});
}

struct frame *syscall_handle_close(uint64_t a, uint64_t b, uint64_t c) {
    (void)b, (void)c;
    struct thread *self = arch_cpu_self()->current;
    struct handle_left left;
    const status_t status = process_handle_close_irq(self->process, a, &left);
    if (UNLIKELY(process_handle_left_any(&left))) {
        return errand_free_irq(self, &left);
    }
    return answer_irq(status);
}

/* A new handle, or why there is none. O(1). */
static ALWAYS_INLINE struct frame *answer_handle_irq(status_t status, uint32_t handle) IRQ_MASKED {
    return answer_irq(status == STATUS_OK ? (int64_t)handle : status);
}

struct frame *syscall_handle_duplicate(uint64_t a, uint64_t b, uint64_t c) {
    (void)c;
    uint32_t handle = 0;
    const status_t status = process_handle_duplicate_irq(process_current_irq(), a, b, &handle);
    return answer_handle_irq(status, handle);
}

struct frame *syscall_handle_offer(uint64_t a, uint64_t b, uint64_t c) {
    uint32_t offer = 0;
    const status_t status = process_handle_offer_irq(process_current_irq(), a, b, c, &offer);
    return answer_handle_irq(status, offer);
}

struct frame *syscall_handle_take(uint64_t a, uint64_t b, uint64_t c) {
    (void)c;
    uint32_t handle = 0;
    const status_t status = process_handle_take_irq(process_current_irq(), a, b, &handle);
    return answer_handle_irq(status, handle);
}
