/* SPDX-License-Identifier: MIT */
/*
 * The handles of a process, and what they hold. To send a handle, a process offers it: an entry of its
 * own table is set aside for who may receive from a mailbox, and a message tells its number. So nothing
 * is on the way between two processes, a handle in a message that nobody receives is still a handle of
 * its sender's, counted by its quota, and mailboxes know nothing of it.
 *
 *      A's table                         message                        B's table
 *   [h] mailbox M -- offer to X --> [o] M, for X   ~~ "o" by X ~~>  take o from X --> [h'] M
 *
 * The number of an offer has the slot of its process where a handle has zeroes.
 */
#ifndef KERNEL_PROC_PROCESS_HANDLES_H
#define KERNEL_PROC_PROCESS_HANDLES_H

#include "kernel/proc/process_object.h"

/* What a handle left behind that was closed: mailboxes and ports that it was the last to hold, and one
 * that is to end with it. */
struct handle_left {
    struct mailbox *object;
    struct mailbox *offered_to;
    struct mailbox *ended;
    struct port *port;
    struct port *ended_port;
    struct process_sync *sync; /* the same of mutexes and semaphores */
    struct process_sync *sync_ended;
};

static inline bool process_handle_left_any(const struct handle_left *left) {
    return ((uintptr_t)left->object | (uintptr_t)left->offered_to | (uintptr_t)left->ended |
            (uintptr_t)left->port | (uintptr_t)left->ended_port | (uintptr_t)left->sync |
            (uintptr_t)left->sync_ended) != 0;
}

/* Errors of handle_open(). O(1). */
MUST_USE status_t process_handle_open_irq(struct process *process, enum handle_type type,
                                          void *object, uint8_t rights,
                                          uint32_t *handle) IRQ_MASKED;

/* STALE. O(1). */
MUST_USE status_t process_handle_close_irq(struct process *process, uint64_t handle,
                                           struct handle_left *left) IRQ_MASKED;

/* Errors of handle_duplicate(); INVALID_ARGUMENT: it is offered or published. O(1). */
MUST_USE status_t process_handle_duplicate_irq(struct process *process, uint64_t handle,
                                               uint64_t rights, uint32_t *duplicate) IRQ_MASKED;

/* Offers a handle with some of its rights to who may receive from the mailbox of handle `to`, for which
 * it needs SEND. DENIED, too: to wait for a child is its parent's alone. Errors of
 * process_handle_duplicate_irq() and handle_find(). O(1). */
MUST_USE status_t process_handle_offer_irq(struct process *process, uint64_t handle,
                                           uint64_t rights, uint64_t to,
                                           uint32_t *offer) IRQ_MASKED;

/* A duplicate of a handle of a mailbox or a port, for a name. Errors of handle_find() and
 * process_handle_duplicate_irq(). O(1). */
MUST_USE status_t process_handle_publish_irq(struct process *process, uint64_t handle,
                                             uint64_t rights, uint32_t *published) IRQ_MASKED;

/* Takes what was offered to the mailbox of handle `from`, for which it needs RECEIVE. STALE: it is not
 * offered there (any more); FULL; errors of handle_find(). O(1). */
MUST_USE status_t process_handle_take_irq(struct process *process, uint64_t offer, uint64_t from,
                                          uint32_t *handle) IRQ_MASKED;

/* Makes a mailbox, which counts for a page of the process's quota for as long as the process has this
 * handle, and ends with it. OUT_OF_RANGE: of mailbox_create(), or above SYSCALL_MAILBOX_BYTES_MAX;
 * NO_MEMORY; FULL. O(1). */
MUST_USE status_t process_mailbox_make(struct process *process, uint64_t size, uint64_t capacity,
                                       uint32_t *handle) IRQ_UNMASKED;

/* Who gives it on holds what it is of: other threads of the process may close its handles. O(1). */
void process_gift_hold_irq(const struct process_gift *gift) IRQ_MASKED;
void process_gift_let_go(const struct process_gift *gift) IRQ_UNMASKED;

/* The same of a port. NO_MEMORY; FULL. O(1). */
MUST_USE status_t process_port_make(struct process *process, uint32_t *handle) IRQ_UNMASKED;

/* As mailbox_free() and mailbox_destroy(), and those of ports. */
void process_handle_left_free(const struct handle_left *left) IRQ_UNMASKED;

/* Closes all, one masked stretch for each. Its threads are gone. O(CONFIG_PROCESS_HANDLES). */
void process_handles_drop(struct process *process) IRQ_UNMASKED;

#endif
