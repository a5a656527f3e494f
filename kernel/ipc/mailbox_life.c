/* SPDX-License-Identifier: MIT */
/* Making, closing and destroying mailboxes. */
#define LOG_MODULE "ipc"

#include "kernel/ipc/mailbox_hold.h"

#include "arch/task_call.h"
#include "kernel/console/log.h"
#include "kernel/mm/heap.h"
#include "kernel/sched/sched.h"
#include "lib/bound.h"

static status_t mailbox_check_shape(uint64_t message_size, uint64_t capacity, uint64_t *bytes) {
    if (message_size == 0 || message_size > CONFIG_MAILBOX_MESSAGE_MAX || capacity == 0 ||
        __builtin_mul_overflow(message_size, capacity, bytes)) {
        return STATUS_OUT_OF_RANGE;
    }
    return STATUS_OK;
}

status_t mailbox_init(struct mailbox *mailbox, void *storage, uint64_t storage_size,
                      uint64_t message_size, uint64_t capacity) {
    uint64_t bytes;
    if (mailbox == NULL || storage == NULL) {
        return STATUS_INVALID_ARGUMENT;
    }
    status_t status = mailbox_check_shape(message_size, capacity, &bytes);
    if (status != STATUS_OK || bytes > storage_size) {
        return STATUS_OUT_OF_RANGE;
    }
    mailbox->count = 0;
    mailbox->capacity = capacity;
    mailbox->start = storage;
    mailbox->end = mailbox->start + bytes;
    mailbox->read = mailbox->start;
    mailbox->write = mailbox->start;
    mailbox->pairs = message_size / 16;
    mailbox->rest = message_size % 16;
    mailbox->closed = false;
    mailbox->destroyed = false;
    mailbox->held = 0;
    prio_queue_init(&mailbox->receivers);
    prio_queue_init(&mailbox->senders);
    return STATUS_OK;
}

status_t mailbox_create(uint64_t message_size, uint64_t capacity, struct mailbox **created) {
    uint64_t bytes;
    uint64_t total;
    status_t status = mailbox_check_shape(message_size, capacity, &bytes);
    if (status != STATUS_OK) {
        return status;
    }
    if (__builtin_add_overflow(bytes, sizeof(struct mailbox), &total)) {
        return STATUS_NO_MEMORY;
    }
    struct mailbox *mailbox = heap_alloc(total);
    if (mailbox == NULL) {
        return STATUS_NO_MEMORY;
    }
    *created = mailbox;
    log_trace("mailbox %p: %llu messages of %llu bytes", (void *)mailbox,
              (unsigned long long)capacity, (unsigned long long)message_size);
    return mailbox_init(mailbox, mailbox + 1, bytes, message_size, capacity);
}

/* Wakes one waiter of a closed mailbox with CLOSED. False when none is left.
 * O(log timed events). */
static bool mailbox_dismiss_one(struct mailbox *mailbox) {
    bool ask = false;
    arch_irq_mask();
    struct prio_queue *queue = &mailbox->receivers;
    if (prio_queue_is_empty(queue)) {
        queue = &mailbox->senders;
    }
    bool any = !prio_queue_is_empty(queue);
    if (any) {
        ask = sched_wake_irq(arch_cpu_self(), sched_take_waiter_irq(queue), STATUS_CLOSED);
    }
    arch_irq_unmask();
    if (ask) {
        task_call_reschedule();
    }
    return any;
}

status_t mailbox_close(struct mailbox *mailbox) {
    arch_irq_mask();
    bool was_closed = mailbox->closed;
    mailbox->closed = true;
    mailbox->capacity = 0; /* no more room: senders leave the fast path and see `closed` */
    arch_irq_unmask();
    BOUND_LOOP(waiters, CONFIG_THREAD_SLOTS - 1); /* no new ones, and the caller does not wait */
    while (mailbox_dismiss_one(mailbox)) {
        BOUND_TURN(waiters);
    }
    return was_closed ? STATUS_CLOSED : STATUS_OK;
}

void mailbox_destroy(struct mailbox *mailbox) {
    mailbox_close(mailbox);
    log_trace("mailbox %p: destroyed", (void *)mailbox);
    arch_irq_mask();
    const bool last = mailbox->held == 0;
    mailbox->destroyed = true;
    arch_irq_unmask();
    if (last) {
        mailbox_free(mailbox);
    }
}

void mailbox_free(struct mailbox *mailbox) {
    heap_free(mailbox);
}
