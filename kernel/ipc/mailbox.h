/* SPDX-License-Identifier: MIT */
/*
 * Mailboxes: bounded queues of messages of one size, copied in and out. Storage is reserved when a
 * mailbox is made, so sending never allocates. Waiters stand in order of priority, first come first
 * served among equals, and are served by direct hand-off: a sender copies into the waiting
 * receiver's buffer, and a receiver lets the first waiting sender's message into the room it made.
 * Who is woken never has to try again.
 *
 *      send --> [ ring of `capacity` messages ] --> receive
 *   senders wait: full                     receivers wait: empty
 *
 * Invariant: receivers wait only while the ring is empty, senders only while it is full.
 *
 * Messages are copied with interrupts masked: a bad pointer given here is a fault of the kernel and
 * stops the machine. EL1 threads are trusted that far.
 *
 * Applications use the typed face (mailbox_type.h). All lengths of masked code: O(message size), at
 * most CONFIG_MAILBOX_MESSAGE_MAX bytes, plus O(log timed events) where a waiter with a deadline is
 * woken.
 */
#ifndef KERNEL_IPC_MAILBOX_H
#define KERNEL_IPC_MAILBOX_H

#include "config.h"
#include "kernel/time/time.h"
#include "lib/context.h"
#include "lib/prio_queue.h"
#include "lib/status.h"

struct mailbox {
    /* Interrupts masked. */
    uint64_t count;    /* messages in the ring */
    uint64_t capacity; /* its room; 0 once closed, so that the fast path needs no test for that */
    uint8_t *read;     /* oldest message */
    uint8_t *write;    /* next free place */

    /* Constant after init. */
    uint8_t *start; /* storage: capacity * message size bytes */
    uint8_t *end;
    uint64_t pairs; /* a message's size in 16-byte steps, and what is left */
    uint64_t rest;

    /* Interrupts masked. */
    bool closed;
    bool destroyed; /* the last who holds it frees it */
    uint32_t held;  /* handles of processes (mailbox_hold.h) */
    struct prio_queue receivers;
    struct prio_queue senders;
};

/* A mailbox over static storage, ready for use. `count_` messages of `size_` bytes. */
#define MAILBOX_INITIALIZER(storage_, size_, count_)                                               \
    {                                                                                              \
        .capacity = (count_), .read = (uint8_t *)(storage_), .write = (uint8_t *)(storage_),       \
        .pairs = (size_) / 16, .rest = (size_) % 16, .start = (uint8_t *)(storage_),               \
        .end = (uint8_t *)(storage_) + (size_) * (count_),                                         \
    }

/* Prepares a mailbox over the caller's storage. Nobody uses it yet. O(1), any context.
 * INVALID_ARGUMENT: NULL. OUT_OF_RANGE: message_size 0 or above CONFIG_MAILBOX_MESSAGE_MAX,
 * capacity 0, or storage_size below capacity * message_size. */
MUST_USE status_t mailbox_init(struct mailbox *mailbox, void *storage, uint64_t storage_size,
                               uint64_t message_size, uint64_t capacity);

/* Makes a mailbox on the kernel heap. Errors of mailbox_init(); NO_MEMORY. */
MUST_USE status_t mailbox_create(uint64_t message_size, uint64_t capacity,
                                 struct mailbox **created) IRQ_UNMASKED;

/* Closes a mailbox of mailbox_create() and gives it back. Threads that wait are woken with CLOSED
 * and do not touch it again. No other thread of the kernel may be using it, nor be on the way to a
 * wait in it: that is the owner's to know. Processes that have handles of it may: it stays, closed,
 * until the last handle is. */
void mailbox_destroy(struct mailbox *mailbox) IRQ_UNMASKED;

/* Refuses further messages and wakes all waiters with CLOSED, one masked stretch for each; a higher
 * one runs at once. Messages already sent can still be received. CLOSED: it was. O(waiters),
 * bounded masked. */
status_t mailbox_close(struct mailbox *mailbox) IRQ_UNMASKED;

/* Sends if a receiver waits or there is room. WOULD_BLOCK: full. CLOSED. */
MUST_USE status_t mailbox_try_send(struct mailbox *mailbox, const void *message) IRQ_UNMASKED;

/* Receives if there is a message. WOULD_BLOCK: empty. CLOSED: empty and closed. */
MUST_USE status_t mailbox_try_receive(struct mailbox *mailbox, void *message) IRQ_UNMASKED;

/* The same as mailbox_try_send() for the kernel's doors:
 * who is woken runs when the door is left. */
MUST_USE status_t mailbox_try_send_irq(struct mailbox *mailbox, const void *message) IRQ_MASKED;

/* Waits for room, or for a message, until `deadline` (absolute). A deadline in the past tries once.
 * TIMED_OUT: nothing was sent or received. CLOSED: also while waiting. */
MUST_USE status_t mailbox_send_until(struct mailbox *mailbox, const void *message,
                                     instant_t deadline) IRQ_UNMASKED;
MUST_USE status_t mailbox_receive_until(struct mailbox *mailbox, void *message,
                                        instant_t deadline) IRQ_UNMASKED;

/* Messages in the ring now: a hint, as soon as others run. O(1), any context. */
uint64_t mailbox_count(const struct mailbox *mailbox);

#endif
