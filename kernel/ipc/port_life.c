/* SPDX-License-Identifier: MIT */
/* Making, closing and destroying ports. */
#define LOG_MODULE "ipc"

#include "arch/task_call.h"
#include "kernel/console/log.h"
#include "kernel/ipc/port_hold.h"
#include "kernel/ipc/port_internal.h"
#include "kernel/mm/heap.h"
#include "kernel/sched/sched.h"
#include "lib/bound.h"

status_t port_init(struct port *port) {
    if (port == NULL) {
        return STATUS_INVALID_ARGUMENT;
    }
    turnstile_init(&port->turnstile);
    port->turnstile.is_port = true;
    port->direct = port_no_thread();
    port->lone = NULL;
    port->served = NULL;
    port->server = 0;
    port->closed = false;
    port->destroyed = false;
    port->held = 0;
    return STATUS_OK;
}

status_t port_create(struct port **created) {
    struct port *port = heap_alloc(sizeof(struct port));
    if (port == NULL) {
        return STATUS_NO_MEMORY;
    }
    *created = port;
    log_trace("port %p", (void *)port);
    return port_init(port);
}

/* Tells one who waits for a reply. False when none is left. O(log timed events). */
static bool port_dismiss_one(struct port *port) {
    turnstile_enter();
    struct cpu *cpu = arch_cpu_self();
    const bool any = !turnstile_is_empty(&port->turnstile);
    if (any) {
        turnstile_dismiss_irq(cpu, &port->turnstile, STATUS_CLOSED);
    }
    turnstile_leave(cpu);
    return any;
}

/* From now on the server waits for no call; if it does, it is told. O(log timed events). */
static bool port_shut(struct port *port) {
    bool ask = false;
    arch_irq_mask();
    const bool was_closed = port->closed;
    port->closed = true;
    port->direct = port_no_thread();
    struct thread *server = port->turnstile.owner;
    if (server != NULL && thread_is_waiting(server) && server->wait_buffer == port) {
        ask = sched_wake_irq(arch_cpu_self(), server, STATUS_CLOSED);
    }
    arch_irq_unmask();
    if (ask) {
        task_call_reschedule();
    }
    return was_closed;
}

status_t port_close(struct port *port) {
    const bool was_closed = port_shut(port);
    BOUND_LOOP(callers, CONFIG_THREAD_SLOTS - 1); /* no new ones, and the closer does not wait */
    while (port_dismiss_one(port)) {
        BOUND_TURN(callers);
    }
    return was_closed ? STATUS_CLOSED : STATUS_OK;
}

void port_destroy(struct port *port) {
    port_close(port);
    log_trace("port %p: destroyed", (void *)port);
    arch_irq_mask();
    const bool last = port->held == 0;
    port->destroyed = true;
    arch_irq_unmask();
    if (last) {
        port_free(port);
    }
}

void port_free(struct port *port) {
    heap_free(port);
}
