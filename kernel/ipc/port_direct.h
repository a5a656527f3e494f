/* SPDX-License-Identifier: MIT */
/*
 * The short way of two processes: the caller's door is left in the server, and the server's in the caller. The
 * caller joins the turnstile as its lone waiter and gives the server its place in the ready queue; with the
 * reply the server gives it back. So nothing is picked, and compare, interrupt mask and limits stay: the level
 * is the same. Whatever is not as usual - another caller, a deadline, a server that works or is more urgent,
 * a thread with more than registers, a trace - is for port.c.
 */
#ifndef KERNEL_IPC_PORT_DIRECT_H
#define KERNEL_IPC_PORT_DIRECT_H

#include "kernel/ipc/port_internal.h"
#include "kernel/sched/turnstile_lone.h"

/* Whether a call of the running thread `self` can be the server's at once. O(1). */
static ALWAYS_INLINE bool port_may_pass_call_irq(const struct cpu *cpu, const struct port *port,
                                                 const struct thread *self,
                                                 instant_t deadline) IRQ_MASKED {
    const struct thread *server = port->direct;
    return server->wait_buffer == port && server->state == THREAD_WAITING &&
           deadline.ticks == INSTANT_NEVER.ticks && trace_of_irq(cpu) == NULL &&
           turnstile_lone_is_plain(self) && turnstile_lone_is_plain(server) &&
           server->home == &cpu->ready &&
           turnstile_lone_may_join_irq(&port->turnstile, self, server);
}

/* ... and goes straight to it: it is not more urgent. O(1). */
static ALWAYS_INLINE bool port_may_call_directly_irq(const struct cpu *cpu, const struct port *port,
                                                     const struct thread *self,
                                                     instant_t deadline) IRQ_MASKED {
    return port_may_pass_call_irq(cpu, port, self, deadline) &&
           port->direct->rank.base <= self->priority;
}

/* Puts `words` and bytes into registers and message area of `to`. O(PORT_BYTES_MAX). */
static ALWAYS_INLINE void port_pass_irq(struct thread *from, struct thread *to,
                                        const uint64_t *words, uint64_t length) IRQ_MASKED {
    arch_frame_set_result(&to->frame, STATUS_OK);
    arch_frame_set_words(&to->frame, words, length);
    if (UNLIKELY(length != 0)) {
        port_copy(to->message_area, from->message_area, length);
    }
}

/* It may: goes on in the server. O(PORT_BYTES_MAX). */
static ALWAYS_INLINE struct frame *port_call_directly_irq(struct cpu *cpu, struct port *port,
                                                          struct thread *self,
                                                          const uint64_t *words,
                                                          uint64_t length) IRQ_MASKED {
    struct thread *server = port->direct;
    struct frame *frame = turnstile_lone_go_over_irq(cpu, self, server, &port->lone);
    turnstile_lone_join_irq(cpu, &port->turnstile, self, server);
    port->lone = self;
    port_pass_irq(self, server, words, length);
    return frame;
}

/* It may, but the server is more urgent: it is woken as any thread, and runs. Without bytes. O(1). */
static ALWAYS_INLINE struct frame *port_call_up_irq(struct cpu *cpu, struct port *port,
                                                    struct thread *self,
                                                    const uint64_t *words) IRQ_MASKED {
    struct thread *server = port->direct;
    turnstile_below_join_irq(cpu, &port->turnstile, self);
    port->lone = self;
    port_pass_irq(self, server, words, 0);
    return turnstile_lone_go_irq(cpu, self, server, &port->lone);
}

/* Whether who called so, and still waits, is the only one. O(1). */
static ALWAYS_INLINE bool port_may_reply_down_irq(const struct cpu *cpu, const struct port *port,
                                                  const struct thread *self,
                                                  instant_t deadline) IRQ_MASKED {
    const struct thread *caller = port->lone;
    return caller != NULL && port->direct == self && caller->wait_buffer == &port->lone &&
           caller->state == THREAD_WAITING && deadline.ticks == INSTANT_NEVER.ticks &&
           cpu->settling == NULL && trace_of_irq(cpu) == NULL && turnstile_lone_is_plain(self) &&
           self->priority == self->rank.base && caller->turn.next == &caller->turn &&
           port->turnstile.waiters.levels == BIT(caller->priority);
}

/* It is: the server waits again, and the caller runs when it is its turn. Without bytes. O(1). */
static ALWAYS_INLINE struct frame *port_reply_down_irq(struct cpu *cpu, struct port *port,
                                                       struct thread *self,
                                                       const uint64_t *words) IRQ_MASKED {
    struct thread *caller = port->lone;
    port->lone = NULL;
    turnstile_below_leave_irq(cpu, caller);
    port_pass_irq(self, caller, words, 0);
    return turnstile_lone_go_irq(cpu, self, caller, port);
}

/* Whether the reply of the running thread `self` can go straight to the caller, who called last and has not
 * been counted, and the wait for the next call is one. O(1). */
static ALWAYS_INLINE bool port_may_reply_directly_irq(const struct cpu *cpu,
                                                      const struct port *port,
                                                      const struct thread *self,
                                                      instant_t deadline) IRQ_MASKED {
    const struct thread *caller = cpu->lone;
    return caller != NULL && caller->wait_buffer == &port->lone && port->direct == self &&
           caller->state == THREAD_WAITING && deadline.ticks == INSTANT_NEVER.ticks &&
           trace_of_irq(cpu) == NULL && turnstile_lone_is_plain(self) &&
           turnstile_lone_is_plain(caller) && caller->home == &cpu->ready;
}

/* Who called directly, and was counted since, is as if not. False: it is not so simple. O(1). */
static ALWAYS_INLINE bool port_uncount_caller_irq(struct cpu *cpu, const struct port *port,
                                                  const struct thread *self) IRQ_MASKED {
    struct thread *caller = port->lone;
    if (caller == NULL || port->direct != self || caller->wait_buffer != &port->lone ||
        caller->state != THREAD_WAITING || !turnstile_lone_is_counted_irq(cpu, caller, self)) {
        return false;
    }
    turnstile_lone_uncount_irq(cpu, caller);
    return true;
}

/* It may: goes on in the caller. O(PORT_BYTES_MAX). */
static ALWAYS_INLINE struct frame *port_reply_directly_irq(struct cpu *cpu, struct port *port,
                                                           struct thread *self,
                                                           const uint64_t *words,
                                                           uint64_t length) IRQ_MASKED {
    struct thread *caller = cpu->lone;
    struct frame *frame = turnstile_lone_go_over_irq(cpu, self, caller, port);
    port->lone = NULL;
    turnstile_lone_leave_irq(cpu, caller, self);
    port_pass_irq(self, caller, words, length);
    return frame;
}

#endif
