/* SPDX-License-Identifier: MIT */
/*
 * Ports: a thread calls, another one, the port's server, receives the call, works and replies; the caller
 * waits all the while. It is as if the caller ran the server's code itself: the server has at least the
 * priority of all who have called, and lends it on, if it waits for somebody itself.
 *
 *      callers --> [ turnstile, owned by the server ] --> receive ... reply
 *                    one is served, the others wait
 *
 * A port has one server: the thread that receives first, until it ends; so there is somebody to lend to,
 * as with a mutex. One call is served at a time, highest priority first, first come first served among
 * equals. The right to reply is the server's: nobody has to keep, pass on or lose it.
 *
 * A message is four words, and at most PORT_BYTES_MAX bytes, a multiple of 16. A caller that goes away
 * leaves the server as it is: the reply goes to nobody. So no client can keep a server.
 */
#ifndef KERNEL_IPC_PORT_H
#define KERNEL_IPC_PORT_H

#include "abi/syscall.h"
#include "kernel/sched/turnstile.h"
#include "kernel/time/time.h"
#include "lib/context.h"
#include "lib/status.h"

#define PORT_WORDS     4
#define PORT_BYTES_MAX SYSCALL_PORT_BYTES_MAX

struct port_message {
    uint64_t word[PORT_WORDS];
    uint64_t length; /* of what is in `bytes` */
    void *
        bytes; /* room for PORT_BYTES_MAX, whatever the length; NULL: none of either comes or goes */
};

struct port {
    /* Interrupts masked. */
    struct thread
        *direct; /* the server, for port_direct.h: while it is open and has one; else no thread */
    struct thread *lone;   /* who called directly, and nobody else since; unless it has gone */
    struct thread *served; /* whose call the server has, unless it has gone since */
    uint64_t server;       /* the owner's id: it may have ended */
    struct turnstile
        turnstile; /* who called, until they have the reply; owner: the server, or who was */
    bool closed;
    bool destroyed; /* the last who holds it frees it */
    uint32_t held;  /* handles of processes (port_hold.h) */
};

/* Prepares a port in the caller's storage. Nobody uses it yet. O(1), any context. INVALID_ARGUMENT: NULL. */
MUST_USE status_t port_init(struct port *port);

/* Makes a port on the kernel heap. NO_MEMORY. */
MUST_USE status_t port_create(struct port **created) IRQ_UNMASKED;

/* Closes a port of port_create() and gives it back, as mailbox_destroy() does. */
void port_destroy(struct port *port) IRQ_UNMASKED;

/* Refuses further calls, and wakes with CLOSED all who wait for a reply, one masked stretch for each, and
 * the server, if it waits for a call. CLOSED: it was. O(callers). */
status_t port_close(struct port *port) IRQ_UNMASKED;

/* Calls, and waits until `deadline` (absolute) for the reply, which comes in the place of `message`. While it
 * waits, the server has at least the caller's priority, and so on along the chain of those that servers
 * call. Before the first server has come, the call waits for it.
 * TIMED_OUT: the server may have had the message. CLOSED: also while waiting, and when the server has
 * ended; FAULTED: by a fault, while the caller waited. DEADLOCK: the server waits for the caller, or is
 * it. TOO_DEEP: more than CONFIG_INHERITANCE_CHAIN_MAX would wait in a row. OUT_OF_RANGE: the length.
 * Masked: O(PORT_BYTES_MAX), and as mutex_lock_until(). */
MUST_USE status_t port_call_until(struct port *port, struct port_message *message,
                                  instant_t deadline) IRQ_UNMASKED;

/* Waits for a call until `deadline`, and is the port's server from then on. TIMED_OUT. CLOSED: also while
 * waiting. BUSY: another thread is the server, or the caller has yet to reply to somebody who waits.
 * Masked: O(PORT_BYTES_MAX), and O(log timed events). */
MUST_USE status_t port_receive_until(struct port *port, struct port_message *message,
                                     instant_t deadline) IRQ_UNMASKED;

/* Replies to the call that it received last. Waits for nothing. STALE: nobody waits for it any more.
 * NOT_OWNER: the caller is not the server. OUT_OF_RANGE: the length, and nothing is done. */
status_t port_reply(struct port *port, const struct port_message *message) IRQ_UNMASKED;

/* Both: replies with `message`, whoever waits for it still, and receives the next. */
MUST_USE status_t port_reply_receive_until(struct port *port, struct port_message *message,
                                           instant_t deadline) IRQ_UNMASKED;

#endif
