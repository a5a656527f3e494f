/* SPDX-License-Identifier: MIT */
/* The task calls of ports, and what system calls share with them. */
#ifndef KERNEL_IPC_PORT_INTERNAL_H
#define KERNEL_IPC_PORT_INTERNAL_H

#include "kernel/ipc/port.h"
#include "kernel/sched/sched.h"

/* A length that a message may have. */
static inline bool port_length_is_right(uint64_t length) {
    return length <= PORT_BYTES_MAX && length % 16 == 0;
}

/* One that waits for nothing. */
static inline struct thread *port_no_thread(void) {
    return &thread_idles[0];
}

/* Whether `thread` is its server. O(1). */
static inline bool port_is_server_irq(const struct port *port,
                                      const struct thread *thread) IRQ_MASKED {
    return port->turnstile.owner == thread && port->server == thread_trace_id(thread);
}

/* From one area to another, 16 bytes at a time; `length` is right. O(PORT_BYTES_MAX). */
static ALWAYS_INLINE void port_copy(void *to, const void *from, uint64_t length) {
    uint8_t *target = to;
    const uint8_t *source = from;
    BOUND_LOOP(pieces, PORT_BYTES_MAX / 16);
    for (const uint8_t *end = source + length; source != end;) {
        BOUND_TURN(pieces);
        __builtin_memcpy(target, source, 16);
        target += 16;
        source += 16;
    }
}

/* The caller becomes the server, if there is none, or is that, and lent no budget by who has left. BUSY;
 * CLOSED. As turnstile_leave(). */
MUST_USE status_t port_claim(struct port *port) IRQ_UNMASKED;

/* `a`: the port; `b`: the message, or 0: in registers and message area; `c`: the deadline. The running
 * thread is the server. O(PORT_BYTES_MAX), O(log timed events). */
struct frame *port_receive_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *port_wait_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

#endif
