/* SPDX-License-Identifier: MIT */
/*
 * System calls of ports. A call and a reply go the short way where that can be; else they are errands, whose
 * thread does on its own kernel stack what a thread of the kernel does. Receiving is done in the door, as any
 * wait.
 */
#include "kernel/ipc/port_direct.h"
#include "kernel/ipc/port_hold.h"
#include "kernel/proc/process_handles.h"
#include "kernel/syscall/errand.h"
#include "kernel/syscall/syscall.h"

/* O(1). */
static struct frame *answer_irq(status_t status) IRQ_MASKED {
    struct frame *frame = &arch_cpu_self()->current->frame;
    arch_frame_set_result(frame, (uint64_t)(int64_t)status);
    return frame;
}

/* O(1). */
static ALWAYS_INLINE status_t find_irq(struct thread *self, uint64_t handle, uint8_t right,
                                       struct port **port) IRQ_MASKED {
    void *object = NULL;
    const status_t status =
        handle_find(&self->process->handles, handle, HANDLE_PORT, right, &object);
    *port = object;
    return status;
}

/* An errand holds its port: another thread of the process may close the handle. O(1). */
static void port_take_irq(struct errand *errand, struct port *port) IRQ_MASKED {
    port_hold_irq(port);
    errand->port = port;
}

/* The errand is done, with a status. */
static void port_done(struct errand *errand, status_t status) {
    process_gift_let_go(&(struct process_gift){errand->port, HANDLE_PORT, 0});
    task_call_user_resume((uint64_t)(uintptr_t)errand, (uint64_t)(int64_t)status);
}

/* What an errand needs, and its message. O(1). */
static void message_take_irq(struct thread *self, struct errand *errand, struct port *port,
                             const uint64_t *words, uint64_t length) IRQ_MASKED {
    port_take_irq(errand, port);
    errand->message = (struct port_message){
        .word = {words[0], words[1], words[2], words[3]},
        .length = length,
        .bytes = self->message_area,
    };
}

/* --- Calling ------------------------------------------------------------------------------------ */

static void call_work(void *argument) {
    struct errand *errand = argument;
    const status_t status =
        port_call_until(errand->port, &errand->message, (instant_t){errand->deadline});
    if (status == STATUS_OK) {
        arch_frame_set_words(&errand->frame, errand->message.word, errand->message.length);
    }
    port_done(errand, status);
}

static NOINLINE struct frame *call_slowly_irq(uint64_t handle, uint64_t word0, uint64_t word1,
                                              uint64_t word2, uint64_t word3, uint64_t length,
                                              uint64_t deadline) IRQ_MASKED {
    const uint64_t words[PORT_WORDS] = {word0, word1, word2, word3};
    struct thread *self = arch_cpu_self()->current;
    struct port *port;
    status_t status = find_irq(self, handle, HANDLE_RIGHT_SEND, &port);
    if (status == STATUS_OK && !port_length_is_right(length)) {
        status = STATUS_OUT_OF_RANGE;
    }
    if (status != STATUS_OK) {
        return answer_irq(status);
    }
    struct errand *errand = errand_of_irq(self);
    message_take_irq(self, errand, port, words, length);
    errand->deadline = deadline;
    return errand_begin_irq(self, call_work);
}

/* Whoever called last is counted first, if he waits still. */
static NOINLINE struct frame *call_counted_irq(uint64_t handle, uint64_t word0, uint64_t word1,
                                               uint64_t word2, uint64_t word3, uint64_t length,
                                               uint64_t deadline) IRQ_MASKED {
    struct cpu *cpu = arch_cpu_self();
    struct thread *self = cpu->current;
    const uint64_t words[PORT_WORDS] = {word0, word1, word2, word3};
    struct port *port;
    turnstile_lone_count_irq(cpu);
    if (find_irq(self, handle, HANDLE_RIGHT_SEND, &port) == STATUS_OK &&
        port_length_is_right(length) &&
        port_may_call_directly_irq(cpu, port, self, (instant_t){deadline})) {
        return port_call_directly_irq(cpu, port, self, words, length);
    }
    return call_slowly_irq(handle, word0, word1, word2, word3, length, deadline);
}

/* Not straight to the server: perhaps it is but more urgent. */
static NOINLINE struct frame *call_later_irq(uint64_t handle, uint64_t word0, uint64_t word1,
                                             uint64_t word2, uint64_t word3, uint64_t length,
                                             uint64_t deadline) IRQ_MASKED {
    struct cpu *cpu = arch_cpu_self();
    struct thread *self = cpu->current;
    const uint64_t words[PORT_WORDS] = {word0, word1, word2, word3};
    struct port *port;
    if (cpu->lone != NULL) {
        return call_counted_irq(handle, word0, word1, word2, word3, length, deadline);
    }
    if (cpu->settling == NULL && length == 0 &&
        find_irq(self, handle, HANDLE_RIGHT_SEND, &port) == STATUS_OK &&
        port_may_pass_call_irq(cpu, port, self, (instant_t){deadline})) {
        return port_call_up_irq(cpu, port, self, words);
    }
    return call_slowly_irq(handle, word0, word1, word2, word3, length, deadline);
}

struct frame *syscall_port_call(uint64_t handle, uint64_t word0, uint64_t word1, uint64_t word2,
                                uint64_t word3, uint64_t length, uint64_t deadline) {
    struct cpu *cpu = arch_cpu_self();
    struct thread *self = cpu->current;
    const uint64_t words[PORT_WORDS] = {word0, word1, word2, word3};
    void *port = NULL;
    if (LIKELY(cpu->settling == NULL) &&
        LIKELY(handle_find_shortly(&self->process->handles, handle, HANDLE_PORT, HANDLE_RIGHT_SEND,
                                   &port)) &&
        LIKELY(port_length_is_right(length)) &&
        LIKELY(port_may_call_directly_irq(cpu, port, self, (instant_t){deadline}))) {
        return port_call_directly_irq(cpu, port, self, words, length);
    }
    return call_later_irq(handle, word0, word1, word2, word3, length, deadline);
}

/* --- Receiving ---------------------------------------------------------------------------------- */

static void claim_work(void *argument) {
    struct errand *errand = argument;
    const status_t status = port_claim(errand->port);
    port_done(errand, status == STATUS_OK ? STATUS_WOULD_BLOCK : status);
}

struct frame *syscall_port_receive(uint64_t a, uint64_t b, uint64_t c) {
    (void)c;
    struct thread *self = arch_cpu_self()->current;
    struct port *port;
    const status_t status = find_irq(self, a, HANDLE_RIGHT_RECEIVE, &port);
    if (status != STATUS_OK) {
        return answer_irq(status);
    }
    if (UNLIKELY(!port_is_server_irq(port, self) || (self->timed & THREAD_TIMED_LENT))) {
        struct errand *errand = errand_of_irq(self);
        port_take_irq(errand, port);
        errand_again_irq(errand, SYSCALL_PORT_RECEIVE, a, b);
        return errand_begin_irq(self, claim_work);
    }
    return port_receive_call((uint64_t)(uintptr_t)port, 0, b);
}

/* --- Replying ----------------------------------------------------------------------------------- */

static void reply_work(void *argument) {
    struct errand *errand = argument;
    const status_t status = port_reply(errand->port, &errand->message);
    port_done(errand, status);
}

/* Whoever waits for the reply still, the next call is received. */
static void reply_receive_work(void *argument) {
    struct errand *errand = argument;
    status_t status = port_reply(errand->port, &errand->message);
    if (status == STATUS_OK || status == STATUS_STALE) {
        status = STATUS_WOULD_BLOCK;
    }
    port_done(errand, status);
}

static NOINLINE struct frame *reply_slowly_irq(uint64_t handle, uint64_t word0, uint64_t word1,
                                               uint64_t word2, uint64_t word3, uint64_t length,
                                               uint64_t deadline, void (*work)(void *)) IRQ_MASKED {
    const uint64_t words[PORT_WORDS] = {word0, word1, word2, word3};
    struct thread *self = arch_cpu_self()->current;
    struct port *port;
    status_t status = find_irq(self, handle, HANDLE_RIGHT_RECEIVE, &port);
    if (status == STATUS_OK && !port_length_is_right(length)) {
        status = STATUS_OUT_OF_RANGE;
    }
    if (status != STATUS_OK) {
        return answer_irq(status);
    }
    struct errand *errand = errand_of_irq(self);
    message_take_irq(self, errand, port, words, length);
    errand_again_irq(errand, SYSCALL_PORT_RECEIVE, handle, deadline);
    return errand_begin_irq(self, work);
}

struct frame *syscall_port_reply(uint64_t handle, uint64_t word0, uint64_t word1, uint64_t word2,
                                 uint64_t word3, uint64_t length) {
    return reply_slowly_irq(handle, word0, word1, word2, word3, length, 0, reply_work);
}

/* The caller may be lower, or have been counted meanwhile. */
static NOINLINE struct frame *answer_later_irq(uint64_t handle, uint64_t word0, uint64_t word1,
                                               uint64_t word2, uint64_t word3, uint64_t length,
                                               uint64_t deadline) IRQ_MASKED {
    struct cpu *cpu = arch_cpu_self();
    struct thread *self = cpu->current;
    const uint64_t words[PORT_WORDS] = {word0, word1, word2, word3};
    struct port *port;
    if (find_irq(self, handle, HANDLE_RIGHT_RECEIVE, &port) != STATUS_OK ||
        !port_length_is_right(length)) {
        return reply_slowly_irq(handle, word0, word1, word2, word3, length, deadline,
                                reply_receive_work);
    }
    if (length == 0 && port_may_reply_down_irq(cpu, port, self, (instant_t){deadline})) {
        return port_reply_down_irq(cpu, port, self, words);
    }
    if (port_uncount_caller_irq(cpu, port, self) &&
        port_may_reply_directly_irq(cpu, port, self, (instant_t){deadline})) {
        return port_reply_directly_irq(cpu, port, self, words, length);
    }
    return reply_slowly_irq(handle, word0, word1, word2, word3, length, deadline,
                            reply_receive_work);
}

struct frame *syscall_port_answer(uint64_t handle, uint64_t word0, uint64_t word1, uint64_t word2,
                                  uint64_t word3, uint64_t length, uint64_t deadline) {
    struct cpu *cpu = arch_cpu_self();
    struct thread *self = cpu->current;
    const uint64_t words[PORT_WORDS] = {word0, word1, word2, word3};
    void *port = NULL;
    if (LIKELY(handle_find_shortly(&self->process->handles, handle, HANDLE_PORT,
                                   HANDLE_RIGHT_RECEIVE, &port)) &&
        LIKELY(port_length_is_right(length)) &&
        LIKELY(port_may_reply_directly_irq(cpu, port, self, (instant_t){deadline}))) {
        return port_reply_directly_irq(cpu, port, self, words, length);
    }
    return answer_later_irq(handle, word0, word1, word2, word3, length, deadline);
}

/* --- Making ------------------------------------------------------------------------------------- */

static void create_work(void *argument) {
    struct errand *errand = argument;
    uint32_t handle = 0;
    const status_t status = process_port_make(arch_cpu_self()->current->process, &handle);
    const int64_t value = status == STATUS_OK ? (int64_t)handle : status;
    task_call_user_resume((uint64_t)(uintptr_t)errand, (uint64_t)value);
}

struct frame *syscall_port_create(uint64_t a, uint64_t b, uint64_t c) {
    (void)a, (void)b, (void)c;
    return errand_begin_irq(arch_cpu_self()->current, create_work);
}
