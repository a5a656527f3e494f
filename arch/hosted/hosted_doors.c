/* SPDX-License-Identifier: MIT */
/*
 * The doors: entering the kernel from a simulated thread, and leaving it with the frame that the
 * kernel returns. The kernel works on the stack of the thread that entered, not on one of its
 * own; it never looks back at that stack after the end of the thread, which is all that would
 * tell the difference.
 */
#include <setjmp.h>
#include <stddef.h>

#include "arch/hosted/hosted_internal.h"
#include "arch/cpu.h"
#include "arch/task_call.h"
#include "arch/upcalls.h"

#if defined(__SANITIZE_ADDRESS__)
#define HOSTED_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HOSTED_SANITIZER 1
#endif
#endif

#if defined(HOSTED_SANITIZER)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#else
#define __sanitizer_start_switch_fiber(save, bottom, size)
#define __sanitizer_finish_switch_fiber(fake, bottom, size)
#define __asan_region_is_poisoned(address, size)     ((void)(address), (void)(size), NULL)
#define __asan_unpoison_memory_region(address, size) ((void)(address), (void)(size))
#endif

/* The host's own stack: the one whose frame belongs to no thread. */
static struct frame host;
static const void *host_bottom;
static size_t host_size;
static bool on_thread_stack; /* as the sanitizer believes */
static jmp_buf home;

static vaddr_t stack_bottom(const struct frame *frame) {
    return vaddr((frame->stack_top.value - 1) & ~(HOSTED_STACK_SIZE - 1));
}

/* The first thing on a stack that was switched to. */
static void switch_finish(struct frame *mine) {
    const void *bottom = NULL;
    size_t size = 0;
    __sanitizer_finish_switch_fiber(mine->fake_stack, &bottom, &size);
    if (!on_thread_stack) {
        host_bottom = bottom;
        host_size = size;
    }
    on_thread_stack = mine != &host;
}

/* Goes on in `to`; returns when somebody goes on in `from`. */
static void switch_frames(struct frame *from, struct frame *to) {
    const void *bottom = host_bottom;
    size_t size = host_size;
    if (to != &host) {
        vaddr_t low = stack_bottom(to);
        bottom = vaddr_pointer(vaddr_add(low, PAGE_SIZE));
        size = HOSTED_STACK_SIZE - PAGE_SIZE;
    }
    (void)bottom, (void)size;
    __sanitizer_start_switch_fiber(&from->fake_stack, bottom, size);
    hosted_context_switch(&from->context, &to->context);
    switch_finish(from);
}

/* A frame is restored: its thread runs, unmasked. */
static void resume_finish(struct frame *mine) {
    mine->kind = FRAME_RUNNING;
    hosted.running = mine;
    hosted.masked = false;
    hosted.in_kernel = false;
}

/* Where every thread begins. */
static void thread_begin(void) {
    struct frame *mine = hosted.running;
    switch_finish(mine);
    resume_finish(mine);
    hosted_interrupt_point();
    mine->entry(mine->argument);
    task_call_thread_exit(0);
}

/* Looks before it writes: of many stacks only little is ever used, and so need be in memory. */
void hosted_stack_clean(const struct frame *frame) {
    vaddr_t low = vaddr_add(stack_bottom(frame), PAGE_SIZE);
    const void *marked =
        __asan_region_is_poisoned(vaddr_pointer(low), frame->stack_top.value - low.value);
    if (marked != NULL) {
        __asan_unpoison_memory_region(marked, frame->stack_top.value - vaddr_of(marked).value);
    }
}

static void frame_begin(struct frame *frame) {
    hosted_stack_clean(frame); /* it may bear the marks of the thread before */
    hosted_context_prepare(&frame->context, frame->stack_top, thread_begin);
}

static void frame_switch(struct frame *from, struct frame *to) {
    static struct frame abandoned; /* of a thread that a fault makes begin anew */
    check(to->kind == FRAME_FRESH || to->kind == FRAME_VOLUNTARY || to->kind == FRAME_FULL);
    if (to->kind == FRAME_FRESH) {
        frame_begin(to);
        hosted.running = to; /* how thread_begin() knows */
    }
    switch_frames(from == to ? &abandoned : from, to);
}

void hosted_door_enter(enum hosted_stretch_kind kind) {
    check(!hosted.masked && !hosted.in_kernel && hosted.running != NULL);
    hosted.masked = true;
    hosted.in_kernel = true;
    hosted.running->kind = kind == HOSTED_TASK_CALL ? FRAME_VOLUNTARY : FRAME_FULL;
    hosted.running->result = FRAME_NO_RESULT;
    hosted.stretch = (struct hosted_stretch){.kind = kind};
    if (hosted.hooks.begin != NULL) {
        hosted.hooks.begin();
    }
}

void hosted_door_leave(struct frame *next) {
    struct frame *mine = hosted.running;
    check(hosted.masked && hosted.in_kernel);
    if (hosted.hooks.end != NULL) {
        hosted.hooks.end(&hosted.stretch, next);
    }
    if (next != mine || next->kind == FRAME_FRESH) { /* fresh: a fault made it begin anew */
        frame_switch(mine, next);
    }
    resume_finish(mine);
}

NO_CONTEXT_CHECK static void interrupt_take(void) {
    hosted.line = false;
    hosted_door_enter(HOSTED_INTERRUPT);
    hosted_door_leave(kernel_irq());
}

NO_CONTEXT_CHECK static uint64_t task_call_enter(unsigned number, uint64_t a, uint64_t b,
                                                 uint64_t c) {
    hosted_interrupt_point();
    hosted_door_enter(HOSTED_TASK_CALL);
    hosted.stretch.number = number;
    hosted.stretch.argument[0] = a;
    hosted.stretch.argument[1] = b;
    hosted.stretch.argument[2] = c;
    struct frame *mine = hosted.running;
    hosted_door_leave(task_call_table[number](a, b, c));
    uint64_t result = mine->result;
    hosted_interrupt_point();
    return result;
}

#define TASK_CALL_NUMBER(name, number) NUMBER_##name = number,
enum task_call_number { TASK_CALL_LIST(TASK_CALL_NUMBER) };

status_t task_call_yield(void) {
    return (status_t)task_call_enter(NUMBER_yield, 0, 0, 0);
}

status_t task_call_reschedule(void) {
    return (status_t)task_call_enter(NUMBER_reschedule, 0, 0, 0);
}

void task_call_thread_exit(uint64_t code) {
    task_call_enter(NUMBER_thread_exit, code, 0, 0);
    panic("a thread goes on after its end");
}

status_t task_call_thread_join(uint64_t id, uint64_t code, uint64_t deadline) {
    return (status_t)task_call_enter(NUMBER_thread_join, id, code, deadline);
}

status_t task_call_sleep(uint64_t when) {
    return (status_t)task_call_enter(NUMBER_sleep, when, 0, 0);
}

status_t task_call_mailbox_send(uint64_t mailbox, uint64_t message, uint64_t deadline) {
    return (status_t)task_call_enter(NUMBER_mailbox_send, mailbox, message, deadline);
}

status_t task_call_mailbox_receive(uint64_t mailbox, uint64_t message, uint64_t deadline) {
    return (status_t)task_call_enter(NUMBER_mailbox_receive, mailbox, message, deadline);
}

status_t task_call_irq_wait(uint64_t line, uint64_t deadline) {
    return (status_t)task_call_enter(NUMBER_irq_wait, line, deadline, 0);
}

status_t task_call_semaphore_take(uint64_t semaphore, uint64_t deadline) {
    return (status_t)task_call_enter(NUMBER_semaphore_take, semaphore, deadline, 0);
}

status_t task_call_event_flags_wait(uint64_t flags, uint64_t want, uint64_t deadline) {
    return (status_t)task_call_enter(NUMBER_event_flags_wait, flags, want, deadline);
}

status_t task_call_barrier_wait(uint64_t barrier, uint64_t arrival, uint64_t deadline) {
    return (status_t)task_call_enter(NUMBER_barrier_wait, barrier, arrival, deadline);
}

status_t task_call_thread_suspend(void) {
    return (status_t)task_call_enter(NUMBER_thread_suspend, 0, 0, 0);
}

status_t task_call_turnstile_wait(uint64_t deadline) {
    return (status_t)task_call_enter(NUMBER_turnstile_wait, deadline, 0, 0);
}

status_t task_call_server_wait(uint64_t server, uint64_t overruns) {
    return (status_t)task_call_enter(NUMBER_server_wait, server, overruns, 0);
}

status_t task_call_rwlock_lock(uint64_t lock, uint64_t to_write, uint64_t deadline) {
    return (status_t)task_call_enter(NUMBER_rwlock_lock, lock, to_write, deadline);
}

void task_call_wait_any(uint64_t any) {
    task_call_enter(NUMBER_wait_any, any, 0, 0);
}

status_t task_call_miss_box_wait(uint64_t box, uint64_t miss) {
    return (status_t)task_call_enter(NUMBER_miss_box_wait, box, miss, 0);
}

void task_call_user_resume(uint64_t errand, uint64_t result) {
    (void)task_call_enter(NUMBER_user_resume, errand, result, 0);
}

status_t task_call_port_receive(uint64_t port, uint64_t message, uint64_t deadline) {
    return (status_t)task_call_enter(NUMBER_port_receive, port, message, deadline);
}

void task_call_port_wait(uint64_t deadline) {
    (void)task_call_enter(NUMBER_port_wait, deadline, 0, 0);
}

status_t task_call_edf_set(uint64_t deadline, uint64_t release) {
    return (status_t)task_call_enter(NUMBER_edf_set, deadline, release, 0);
}

void arch_frame_resume(struct frame *frame) {
    check(hosted.masked && hosted.running == NULL);
    hosted.interrupt = interrupt_take;
    hosted.quiet = hosted_leave;
    hosted.running = frame;
    if (hosted.hooks.end != NULL) {
        hosted.hooks.end(&hosted.stretch, frame);
    }
    frame_switch(&host, frame);
    longjmp(home, 1);
}

/* If the test jumped out of a thread, the sanitizer has yet to hear of it. */
static void switch_forget(void) {
    if (on_thread_stack) {
        void *lost = NULL;
        (void)lost;
        __sanitizer_start_switch_fiber(&lost, host_bottom, host_size);
        __sanitizer_finish_switch_fiber(host.fake_stack, NULL, NULL);
        on_thread_stack = false;
    }
}

void hosted_run(void (*boot)(void)) {
    check(hosted.running == NULL);
    switch_forget();
    hosted.masked = true;
    hosted.in_kernel = false;
    hosted.stretch = (struct hosted_stretch){.kind = HOSTED_INTERRUPT};
    if (setjmp(home) == 0) {
        boot();
        panic("the boot must end in arch_frame_resume()");
    }
    hosted.running = NULL;
    hosted.masked = false;
    hosted.in_kernel = false;
}

void hosted_leave(void) {
    check(hosted.running != NULL);
    switch_frames(hosted.running, &host);
    panic("a run that is over goes on");
}
