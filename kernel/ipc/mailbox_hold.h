/* SPDX-License-Identifier: MIT */
/*
 * Handles hold a mailbox: one that its owner destroys stays, closed, until the last of them is gone.
 * Only what mailbox_create() made is freed; storage of mailbox_init() is its owner's, who keeps it for
 * as long as mailbox_is_held().
 */
#ifndef KERNEL_IPC_MAILBOX_HOLD_H
#define KERNEL_IPC_MAILBOX_HOLD_H

#include "kernel/ipc/mailbox.h"

/* One more has it. 2^32 are not possible: each has an entry of a table. O(1). */
static inline void mailbox_hold_irq(struct mailbox *mailbox) IRQ_MASKED {
    mailbox->held++;
}

/* One fewer. True: it was the last, and the owner is gone: the caller frees it, when it can. O(1). */
MUST_USE static inline bool mailbox_let_go_irq(struct mailbox *mailbox) IRQ_MASKED {
    mailbox->held--;
    return mailbox->held == 0 && mailbox->destroyed;
}

/* Any context. O(1). */
static inline bool mailbox_is_held(const struct mailbox *mailbox) {
    return mailbox->held != 0;
}

/* What mailbox_let_go_irq() asked for. As heap_free(). */
void mailbox_free(struct mailbox *mailbox) IRQ_UNMASKED;

#endif
