/* SPDX-License-Identifier: MIT */
/* For who waits for a mailbox among other objects (kernel/sync/wait_any.h). */
#ifndef KERNEL_IPC_MAILBOX_LOOK_H
#define KERNEL_IPC_MAILBOX_LOOK_H

#include "kernel/ipc/mailbox.h"

/* Receives if there is a message; `ask`: who could send by that is to run. O(message size), and
 * O(log timed events) where it had a deadline. WOULD_BLOCK, CLOSED. */
MUST_USE status_t mailbox_look_irq(struct mailbox *mailbox, void *message, bool *ask) IRQ_MASKED;

#endif
