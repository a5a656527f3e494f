/* SPDX-License-Identifier: MIT */
/*
 * Calls of kernel threads, and of processes where something is not as usual (port_direct.h). A caller joins
 * the turnstile, with what that lends; then, in a stretch of its own, the call is handed over, if the server
 * waits for one; then it waits. Whatever comes in between, the next look sees what is.
 *
 * That a server waits for calls is told by what it waits with: nobody else waits with the port's address. So
 * nothing is to be undone when its wait ends otherwise.
 */
#include "kernel/ipc/port.h"

#include "arch/task_call.h"
#include "kernel/ipc/port_internal.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/server_share.h"
#include "lib/bound.h"

static bool port_server_waits_irq(const struct port *port) IRQ_MASKED {
    const struct thread *server = port->turnstile.owner;
    return server != NULL && thread_is_waiting(server) && server->wait_buffer == port;
}

/* Whether the one who was the server has ended, or is about to, and has told all. O(1). */
static bool port_server_is_gone_irq(const struct port *port) IRQ_MASKED {
    const struct thread *server = port->turnstile.owner;
    return !port_is_server_irq(port, server) || server->state == THREAD_FREE ||
           server->state == THREAD_ENDED || (server->rank.ending && !port->turnstile.lends);
}

/* Who is served, or NULL: it may have left. Who called directly is no longer alone with the server. O(1). */
static struct thread *port_served_irq(struct port *port) IRQ_MASKED {
    if (port->lone != NULL) {
        port->served = port->lone;
        port->served->called = port->served->turnstile == &port->turnstile;
        port->lone = NULL;
    }
    struct thread *served = port->served;
    return served != NULL && served->called && served->turnstile == &port->turnstile ? served
                                                                                     : NULL;
}

/* --- Messages ----------------------------------------------------------------------------------- */

/* Puts a message where `thread` gets one. O(PORT_BYTES_MAX). */
static void port_put_irq(struct thread *thread, const struct port_message *from) IRQ_MASKED {
    struct port_message *to = thread->call;
    void *bytes = thread->message_area;
    uint64_t length = from->bytes != NULL ? from->length : 0;
    if (to != NULL) {
        __builtin_memcpy(to->word, from->word, sizeof to->word);
        bytes = to->bytes;
        length = bytes != NULL ? length : 0;
        to->length = length;
    } else {
        arch_frame_set_words(&thread->frame, from->word, length);
    }
    if (length != 0) {
        port_copy(bytes, from->bytes, length);
    }
}

/* The first call is served from now on: by the owner, which has its message. O(PORT_BYTES_MAX). */
static void port_serve_irq(struct port *port) IRQ_MASKED {
    struct thread *caller = turnstile_first_irq(&port->turnstile);
    caller->called = true;
    port->served = caller;
    port_put_irq(port->turnstile.owner, caller->call);
    if (UNLIKELY(caller->timed & THREAD_TIMED_SERVED)) {
        server_lend_irq(arch_cpu_self(), port->turnstile.owner, caller);
    }
}

/* --- Calling ------------------------------------------------------------------------------------ */

/* Whether a call may wait. O(CONFIG_INHERITANCE_CHAIN_MAX). */
static status_t port_judge_irq(const struct port *port, const struct thread *self,
                               instant_t deadline) IRQ_MASKED {
    const struct thread *server = port->turnstile.owner;
    if (port->closed ||
        (server != NULL && (server->rank.ending || port_server_is_gone_irq(port)))) {
        return STATUS_CLOSED; /* one that is about to tell all has no new ones to tell */
    }
    if (deadline.ticks <= arch_timer_now().ticks) {
        return STATUS_TIMED_OUT;
    }
    if (server != NULL) {
        return turnstile_check_irq(self, server);
    }
    return self->rank.height < CONFIG_INHERITANCE_CHAIN_MAX ? STATUS_OK : STATUS_TOO_DEEP;
}

/* Joins those who wait. */
static status_t port_join(struct port *port, struct port_message *message, instant_t deadline) {
    turnstile_enter();
    struct cpu *cpu = arch_cpu_self();
    struct thread *self = cpu->current;
    const status_t status = port_judge_irq(port, self, deadline);
    if (status == STATUS_OK) {
        (void)port_served_irq(port);
        self->call = message;
        self->called = false;
        turnstile_join_irq(cpu, &port->turnstile, self);
    }
    turnstile_leave(cpu);
    return status;
}

/* The server has the first call, if it waits for one. O(log timed events). */
static void port_hand_over(struct port *port) {
    bool ask = false;
    arch_irq_mask();
    struct thread *server = port->turnstile.owner;
    if (port_server_waits_irq(port) && !turnstile_is_empty(&port->turnstile)) {
        ask = sched_wake_irq(arch_cpu_self(), server, STATUS_OK);
        port_serve_irq(port);
    }
    arch_irq_unmask();
    if (ask) {
        task_call_reschedule();
    }
}

/* As turnstile_wait_call(), but not for a thread that is not wanted any more. */
struct frame *port_wait_call(uint64_t a, uint64_t b, uint64_t c) {
    struct thread *self = arch_cpu_self()->current;
    if (UNLIKELY(self->unwanted == self->id.generation)) {
        return &self->frame;
    }
    return turnstile_wait_call(a, b, c);
}

status_t port_call_until(struct port *port, struct port_message *message, instant_t deadline) {
    if (!port_length_is_right(message->length)) {
        return STATUS_OUT_OF_RANGE;
    }
    const status_t status = port_join(port, message, deadline);
    if (status != STATUS_OK) {
        return status;
    }
    port_hand_over(port);
    task_call_port_wait(deadline.ticks);
    const status_t result = turnstile_end_wait();
    arch_cpu_self()->current->call = NULL;
    return result;
}

/* --- Receiving ---------------------------------------------------------------------------------- */

/* The running thread becomes the server, of the callers too who wait already. O(1). */
static void port_own_irq(struct cpu *cpu, struct port *port) IRQ_MASKED {
    port->lone = NULL;
    port->served = NULL;
    port->direct = cpu->current;
    port->server = thread_trace_id(cpu->current);
    turnstile_own_irq(&port->turnstile, cpu->current);
    turnstile_refresh_irq(cpu, cpu->current);
}

/* Nobody pays for who waits for the next call, his own caller having left: in a stretch of its own. */
static void port_pay_for_nobody(struct port *port) {
    arch_irq_mask();
    struct cpu *cpu = arch_cpu_self();
    if (UNLIKELY(cpu->current->timed & THREAD_TIMED_LENT) &&
        port_is_server_irq(port, cpu->current) && port_served_irq(port) == NULL) {
        server_lend_back_irq(cpu);
    }
    arch_irq_unmask();
}

status_t port_claim(struct port *port) {
    status_t status = STATUS_OK;
    port_pay_for_nobody(port);
    turnstile_enter();
    struct cpu *cpu = arch_cpu_self();
    if (port->closed) {
        status = STATUS_CLOSED;
    } else if (port->turnstile.owner == NULL || port_server_is_gone_irq(port)) {
        port_own_irq(cpu, port);
    } else if (!port_is_server_irq(port, cpu->current) || port_served_irq(port) != NULL) {
        status = STATUS_BUSY;
    }
    turnstile_leave(cpu);
    return status;
}

static ALWAYS_INLINE struct frame *port_answer_irq(struct thread *self,
                                                   status_t status) IRQ_MASKED {
    arch_frame_set_result(&self->frame, (uint64_t)(int64_t)status);
    return &self->frame;
}

struct frame *port_receive_call(uint64_t a, uint64_t b, uint64_t c) {
    struct cpu *cpu = arch_cpu_self();
    struct thread *self = cpu->current;
    struct port *port = (struct port *)(uintptr_t)a;
    if (port->closed) {
        return port_answer_irq(self, STATUS_CLOSED);
    }
    if (port_served_irq(port) != NULL) {
        return port_answer_irq(self, STATUS_BUSY);
    }
    self->call = (struct port_message *)(uintptr_t)b;
    if (!turnstile_is_empty(&port->turnstile)) {
        port_serve_irq(port);
        return port_answer_irq(self, STATUS_OK);
    }
    if (c <= arch_timer_now().ticks) {
        return port_answer_irq(self, STATUS_TIMED_OUT);
    }
    return sched_block_until_irq(cpu, NULL, port, TIMED_EVENT_TIMEOUT, (instant_t){c});
}

status_t port_receive_until(struct port *port, struct port_message *message, instant_t deadline) {
    const status_t status = port_claim(port);
    return status != STATUS_OK
               ? status
               : task_call_port_receive((uint64_t)(uintptr_t)port, (uint64_t)(uintptr_t)message,
                                        deadline.ticks);
}

/* --- Replying ----------------------------------------------------------------------------------- */

/* Who is served has its reply, unless its registers are no more what it called with. O(PORT_BYTES_MAX). */
static void port_answer_caller_irq(struct cpu *cpu, struct port *port,
                                   const struct port_message *message) IRQ_MASKED {
    struct thread *caller = port->served;
    port->served = NULL;
    if (caller->call != NULL || thread_is_waiting(caller)) {
        port_put_irq(caller, message);
    }
    turnstile_take_irq(cpu, caller, STATUS_OK);
    turnstile_wake_irq(cpu, caller);
}

/* The caller's server pays no longer: in a stretch of its own. */
static void port_pay(void) {
    arch_irq_mask();
    struct cpu *cpu = arch_cpu_self();
    if (UNLIKELY(cpu->current->timed & THREAD_TIMED_LENT)) {
        server_lend_back_irq(cpu);
    }
    arch_irq_unmask();
}

status_t port_reply(struct port *port, const struct port_message *message) {
    if (!port_length_is_right(message->length)) {
        return STATUS_OUT_OF_RANGE;
    }
    status_t status = STATUS_OK;
    port_pay();
    turnstile_enter();
    struct cpu *cpu = arch_cpu_self();
    if (!port_is_server_irq(port, cpu->current)) {
        status = STATUS_NOT_OWNER;
    } else if (port_served_irq(port) == NULL) {
        status = STATUS_STALE;
    } else {
        port_answer_caller_irq(cpu, port, message);
    }
    turnstile_leave(cpu);
    return status;
}

status_t port_reply_receive_until(struct port *port, struct port_message *message,
                                  instant_t deadline) {
    const status_t status = port_reply(port, message);
    return status != STATUS_OK && status != STATUS_STALE
               ? status
               : port_receive_until(port, message, deadline);
}
