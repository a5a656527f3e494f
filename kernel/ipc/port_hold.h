/* SPDX-License-Identifier: MIT */
/* Handles hold a port, as mailbox_hold.h says of mailboxes. */
#ifndef KERNEL_IPC_PORT_HOLD_H
#define KERNEL_IPC_PORT_HOLD_H

#include "kernel/ipc/port.h"

/* One more has it. O(1). */
static inline void port_hold_irq(struct port *port) IRQ_MASKED {
    port->held++;
}

/* One fewer. True: it was the last, and the owner is gone: the caller frees it, when it can. O(1). */
MUST_USE static inline bool port_let_go_irq(struct port *port) IRQ_MASKED {
    port->held--;
    return port->held == 0 && port->destroyed;
}

/* What port_let_go_irq() asked for. As heap_free(). */
void port_free(struct port *port) IRQ_UNMASKED;

#endif
