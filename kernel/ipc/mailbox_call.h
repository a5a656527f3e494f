/* SPDX-License-Identifier: MIT */
/* Sending and receiving as a door does it, of a kernel thread or of user mode: `a` is the mailbox, `b`
 * the message, `c` the deadline in ticks. The result is set in the frame of the running thread. O(log
 * timed events). */
#ifndef KERNEL_IPC_MAILBOX_CALL_H
#define KERNEL_IPC_MAILBOX_CALL_H

#include "arch/frame.h"
#include "lib/context.h"
#include "lib/time_units.h"

struct mailbox;
struct thread;

struct frame *mailbox_send_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *mailbox_receive_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

/* Whether receiving from it now lets a waiting sender in, which is the longest of all. O(1). */
bool mailbox_lets_in_irq(const struct mailbox *mailbox) IRQ_MASKED;

/* Receives, or waits, for `self`, the running thread, where that is not so. O(log timed events). */
struct frame *mailbox_receive_short_irq(struct thread *self, struct mailbox *mailbox, void *message,
                                        instant_t deadline) IRQ_MASKED;

#endif
