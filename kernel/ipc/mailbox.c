/* SPDX-License-Identifier: MIT */
/*
 * Sending and receiving. Each operation first tries in thread context under the mask; only what
 * must wait enters the kernel by a task call, which tries again there, so that nothing can come
 * between the last look and joining the queue.
 */
#include "kernel/ipc/mailbox.h"

#include "arch/task_call.h"
#include "kernel/ipc/mailbox_internal.h"
#include "kernel/ipc/mailbox_look.h"
#include "kernel/sched/sched.h"
#include "lib/bound.h"

/* Where a copy is. */
struct place {
    uint8_t *target;
    const uint8_t *source;
};

static ALWAYS_INLINE void mailbox_copy_pair(struct place *at) {
    __builtin_memcpy(at->target, at->source, 16);
    at->target += 16;
    at->source += 16;
    /* Else the compiler moves copies of both along, and computes these anew behind the loop. */
    __asm__("" : "+r"(at->target));
    __asm__("" : "+r"(at->source));
}

/* The pairs behind the first. */
static ALWAYS_INLINE void mailbox_copy_pairs(struct place *at, uint64_t pairs) {
    BOUND_LOOP(quads, (CONFIG_MAILBOX_MESSAGE_MAX / 16 - 1) / 4);
    for (; pairs >= 4; pairs -= 4) {
        BOUND_TURN(quads);
        mailbox_copy_pair(at);
        mailbox_copy_pair(at);
        mailbox_copy_pair(at);
        mailbox_copy_pair(at);
    }
    if (pairs & 2) {
        mailbox_copy_pair(at);
        mailbox_copy_pair(at);
    }
    if (pairs & 1) {
        mailbox_copy_pair(at);
    }
}

/* Up to 15 bytes behind at least one pair: with what is before them they make one more. */
static ALWAYS_INLINE void mailbox_copy_end(struct place *at, uint64_t rest) {
    at->target += rest;
    at->source += rest;
    __builtin_memcpy(at->target - 16, at->source - 16, 16);
}

/* Up to 15 bytes, without a loop. */
static ALWAYS_INLINE void mailbox_copy_rest(struct place *at, uint64_t rest) {
    if (rest & 8) {
        __builtin_memcpy(at->target, at->source, 8);
        at->target += 8;
        at->source += 8;
    }
    if (rest & 4) {
        __builtin_memcpy(at->target, at->source, 4);
        at->target += 4;
        at->source += 4;
    }
    if (rest & 2) {
        __builtin_memcpy(at->target, at->source, 2);
        at->target += 2;
        at->source += 2;
    }
    if (rest & 1) {
        *at->target++ = *at->source++;
    }
}

/* Copies one message and returns the first byte behind its copy. The first pair stands by itself:
 * for most messages there is no loop. O(message size). */
static ALWAYS_INLINE uint8_t *mailbox_copy(const struct mailbox *mailbox, void *to,
                                           const void *from) {
    struct place at = {to, from};
    uint64_t rest = mailbox->rest;
    uint64_t pairs = mailbox->pairs;
    if (LIKELY(pairs != 0)) {
        mailbox_copy_pair(&at);
        if (UNLIKELY(pairs != 1)) {
            mailbox_copy_pairs(&at, pairs - 1);
        }
        if (UNLIKELY(rest != 0)) {
            mailbox_copy_end(&at, rest);
        }
    } else {
        mailbox_copy_rest(&at, rest);
    }
    return at.target;
}

/* Puts a message into the ring, which has room. O(message size). */
static ALWAYS_INLINE void mailbox_put_irq(struct mailbox *mailbox, const void *message) IRQ_MASKED {
    uint8_t *start = mailbox->start;
    uint8_t *end = mailbox->end;
    uint64_t count = mailbox->count;
    uint8_t *next = mailbox_copy(mailbox, mailbox->write, message);
    mailbox->write = next == end ? start : next;
    mailbox->count = count + 1;
}

/* Takes the oldest message out of the ring, which has one. O(message size). */
static ALWAYS_INLINE void mailbox_take_irq(struct mailbox *mailbox, void *message) IRQ_MASKED {
    uint8_t *start = mailbox->start;
    uint8_t *end = mailbox->end;
    uint8_t *read = mailbox->read;
    uint64_t count = mailbox->count;
    read += mailbox_copy(mailbox, message, read) - (uint8_t *)message;
    mailbox->read = read == end ? start : read;
    mailbox->count = count - 1;
}

/* Lets the first waiting sender's message into the room just made; its thread is to be woken. */
static ALWAYS_INLINE struct thread *mailbox_let_in_irq(struct mailbox *mailbox) IRQ_MASKED {
    struct thread *sender = sched_take_waiter_irq(&mailbox->senders);
    mailbox_put_irq(mailbox, sender->wait_buffer);
    return sender;
}

/* Both at once: who waits to send finds the ring full, so its message goes where the oldest was. */
static ALWAYS_INLINE struct thread *mailbox_exchange_irq(struct mailbox *mailbox,
                                                         void *message) IRQ_MASKED {
    struct thread *sender = sched_take_waiter_irq(&mailbox->senders);
    uint8_t *place = mailbox->read;
    mailbox_copy(mailbox, message, place);
    uint8_t *next = mailbox_copy(mailbox, place, sender->wait_buffer);
    next = next == mailbox->end ? mailbox->start : next;
    mailbox->read = next;
    mailbox->write = next;
    return sender;
}

static status_t mailbox_refusal(const struct mailbox *mailbox) {
    return mailbox->closed ? STATUS_CLOSED : STATUS_WOULD_BLOCK;
}

/* The second halves of the direct calls, entered masked. Apart, so that the first halves need no
 * stack frame; and what must switch leaves by the task call, which returns STATUS_OK for it. */
static ALWAYS_INLINE status_t mailbox_deliver(struct mailbox *mailbox, const void *message,
                                              struct thread *receiver) UNMASKS_IRQ {
    bool ask = sched_wake_untimed_irq(arch_cpu_self(), receiver, STATUS_OK);
    mailbox_copy(mailbox, receiver->wait_buffer, message);
    arch_irq_unmask();
    return ask ? task_call_reschedule() : STATUS_OK;
}

static NOINLINE status_t mailbox_deliver_timed(struct mailbox *mailbox, const void *message,
                                               struct thread *receiver) UNMASKS_IRQ {
    bool ask = sched_wake_other_irq(arch_cpu_self(), receiver, STATUS_OK);
    mailbox_copy(mailbox, receiver->wait_buffer, message);
    arch_irq_unmask();
    return ask ? task_call_reschedule() : STATUS_OK;
}

/* Hands `message` to the first waiting receiver. */
static NOINLINE status_t mailbox_hand_over(struct mailbox *mailbox,
                                           const void *message) UNMASKS_IRQ {
    struct thread *receiver = sched_take_waiter_irq(&mailbox->receivers);
    if (UNLIKELY(receiver->state != THREAD_WAITING)) {
        return mailbox_deliver_timed(mailbox, message, receiver);
    }
    return mailbox_deliver(mailbox, message, receiver);
}

static NOINLINE status_t mailbox_let_in(struct mailbox *mailbox) UNMASKS_IRQ {
    bool ask =
        !mailbox->closed && sched_wake_irq(arch_cpu_self(), mailbox_let_in_irq(mailbox), STATUS_OK);
    arch_irq_unmask();
    return ask ? task_call_reschedule() : STATUS_OK;
}

static ALWAYS_INLINE status_t mailbox_put(struct mailbox *mailbox,
                                          const void *message) UNMASKS_IRQ {
    mailbox_put_irq(mailbox, message);
    arch_irq_unmask();
    return STATUS_OK;
}

static ALWAYS_INLINE status_t mailbox_take(struct mailbox *mailbox, void *message) UNMASKS_IRQ {
    mailbox_take_irq(mailbox, message);
    if (UNLIKELY(!prio_queue_is_empty(&mailbox->senders))) {
        return mailbox_let_in(mailbox);
    }
    arch_irq_unmask();
    return STATUS_OK;
}

status_t mailbox_try_send(struct mailbox *mailbox, const void *message) {
    trace_call(TRACE_CALL_SEND, mailbox);
    arch_irq_mask();
    if (LIKELY(mailbox->count < mailbox->capacity)) { /* also says: not closed */
        if (!prio_queue_is_empty(&mailbox->receivers)) {
            return mailbox_hand_over(mailbox, message);
        }
        return mailbox_put(mailbox, message);
    }
    status_t status = mailbox_refusal(mailbox);
    arch_irq_unmask();
    return status;
}

status_t mailbox_try_receive(struct mailbox *mailbox, void *message) {
    trace_call(TRACE_CALL_RECEIVE, mailbox);
    arch_irq_mask();
    if (LIKELY(mailbox->count != 0)) {
        return mailbox_take(mailbox, message);
    }
    status_t status = mailbox_refusal(mailbox);
    arch_irq_unmask();
    return status;
}

status_t mailbox_send_until(struct mailbox *mailbox, const void *message, instant_t deadline) {
    trace_call(TRACE_CALL_SEND, mailbox);
    arch_irq_mask();
    if (LIKELY(mailbox->count < mailbox->capacity)) { /* also says: not closed */
        if (!prio_queue_is_empty(&mailbox->receivers)) {
            return mailbox_hand_over(mailbox, message);
        }
        return mailbox_put(mailbox, message);
    }
    arch_irq_unmask();
    return task_call_mailbox_send((uint64_t)(uintptr_t)mailbox, (uint64_t)(uintptr_t)message,
                                  deadline.ticks);
}

status_t mailbox_receive_until(struct mailbox *mailbox, void *message, instant_t deadline) {
    trace_call(TRACE_CALL_RECEIVE, mailbox);
    arch_irq_mask();
    if (mailbox->count != 0) {
        return mailbox_take(mailbox, message);
    }
    arch_irq_unmask();
    return task_call_mailbox_receive((uint64_t)(uintptr_t)mailbox, (uint64_t)(uintptr_t)message,
                                     deadline.ticks);
}

/* The end of both task calls where something was done or refused: sets the result. O(1). */
static ALWAYS_INLINE struct frame *mailbox_answer_irq(struct cpu *cpu, status_t status) IRQ_MASKED {
    arch_frame_set_result(&cpu->current->frame, (uint64_t)(int64_t)status);
    return sched_exit_irq(cpu);
}

/* The other end: waits on `queue`, or answers TIMED_OUT when the deadline is past. */
static NOINLINE struct frame *mailbox_wait_until_irq(struct cpu *cpu, struct prio_queue *queue,
                                                     void *message, instant_t deadline) IRQ_MASKED {
    if (deadline.ticks <= arch_timer_now().ticks) {
        return mailbox_answer_irq(cpu, STATUS_TIMED_OUT);
    }
    return sched_block_until_irq(cpu, queue, message, TIMED_EVENT_TIMEOUT, deadline);
}

static ALWAYS_INLINE struct frame *mailbox_wait_irq(struct cpu *cpu, struct mailbox *mailbox,
                                                    struct prio_queue *queue, void *message,
                                                    instant_t deadline) IRQ_MASKED {
    if (UNLIKELY(mailbox->closed)) {
        return mailbox_answer_irq(cpu, STATUS_CLOSED);
    }
    if (deadline.ticks != INSTANT_NEVER.ticks) {
        return mailbox_wait_until_irq(cpu, queue, message, deadline);
    }
    return sched_block_irq(cpu, queue, message);
}

status_t mailbox_try_send_irq(struct mailbox *mailbox, const void *message) {
    if (mailbox->count >= mailbox->capacity) {
        return mailbox_refusal(mailbox);
    }
    if (prio_queue_is_empty(&mailbox->receivers)) {
        mailbox_put_irq(mailbox, message);
    } else {
        struct thread *receiver = sched_take_waiter_irq(&mailbox->receivers);
        mailbox_copy(mailbox, receiver->wait_buffer, message);
        sched_wake_in_door_irq(arch_cpu_self(), receiver, STATUS_OK);
    }
    return STATUS_OK;
}

struct frame *mailbox_send_call(uint64_t a, uint64_t b, uint64_t c) {
    struct cpu *cpu = arch_cpu_self();
    struct mailbox *mailbox = (struct mailbox *)(uintptr_t)a;
    void *message = (void *)(uintptr_t)b;
    if (LIKELY(mailbox->count >= mailbox->capacity)) {
        return mailbox_wait_irq(cpu, mailbox, &mailbox->senders, message, (instant_t){c});
    }
    return mailbox_answer_irq(cpu, mailbox_try_send_irq(mailbox, message));
}

struct frame *mailbox_receive_call(uint64_t a, uint64_t b, uint64_t c) {
    struct cpu *cpu = arch_cpu_self();
    struct mailbox *mailbox = (struct mailbox *)(uintptr_t)a;
    void *message = (void *)(uintptr_t)b;
    if (LIKELY(mailbox->count == 0)) {
        return mailbox_wait_irq(cpu, mailbox, &mailbox->receivers, message, (instant_t){c});
    }
    if (!prio_queue_is_empty(&mailbox->senders) && !mailbox->closed) {
        sched_wake_in_door_irq(cpu, mailbox_exchange_irq(mailbox, message), STATUS_OK);
    } else {
        mailbox_take_irq(mailbox, message);
    }
    return mailbox_answer_irq(cpu, STATUS_OK);
}

bool mailbox_lets_in_irq(const struct mailbox *mailbox) {
    return !prio_queue_is_empty(&mailbox->senders) && mailbox->count != 0 && !mailbox->closed;
}

struct frame *mailbox_receive_short_irq(struct thread *self, struct mailbox *mailbox, void *message,
                                        instant_t deadline) {
    if (LIKELY(mailbox->count == 0)) {
        return mailbox_wait_irq(arch_cpu_self(), mailbox, &mailbox->receivers, message, deadline);
    }
    mailbox_take_irq(mailbox, message);
    arch_frame_set_result(&self->frame, STATUS_OK);
    return &self->frame;
}

status_t mailbox_look_irq(struct mailbox *mailbox, void *message, bool *ask) {
    if (mailbox->count == 0) {
        return mailbox_refusal(mailbox);
    }
    mailbox_take_irq(mailbox, message);
    if (!prio_queue_is_empty(&mailbox->senders) && !mailbox->closed) {
        *ask = sched_wake_irq(arch_cpu_self(), mailbox_let_in_irq(mailbox), STATUS_OK);
    }
    return STATUS_OK;
}

uint64_t mailbox_count(const struct mailbox *mailbox) {
    return mailbox->count;
}
