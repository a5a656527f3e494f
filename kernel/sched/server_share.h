/* SPDX-License-Identifier: MIT */
/* A thread that begins shares the server of who makes it: so what a family of processes does is paid for
 * by the budget of its first. And who works for another is lent its server meanwhile, which those that it makes
 * do not share. */
#ifndef KERNEL_SCHED_SERVER_SHARE_H
#define KERNEL_SCHED_SERVER_SHARE_H

#include "kernel/cpu/cpu.h"
#include "lib/status.h"

/* Whether a thread of that priority may begin where the running thread has a server. OUT_OF_RANGE: its
 * server would not take it (server_add()). O(1). */
MUST_USE status_t server_may_share_irq(const struct cpu *cpu, unsigned priority) IRQ_MASKED;

/* `thread` is the server's from now on, if the running thread has one. It is new, no round-robin thread,
 * in no queue, and may. O(1). */
void server_share_irq(struct cpu *cpu, struct thread *thread) IRQ_MASKED;

/* `worker` works for `payer`, which has a server: that pays for it, unless the worker has one or may not
 * have this one (server_add()). O(1). */
void server_lend_irq(struct cpu *cpu, struct thread *worker, const struct thread *payer) IRQ_MASKED;

/* The running thread has done that; nobody pays for it any more. O(1). */
void server_lend_back_irq(struct cpu *cpu) IRQ_MASKED;

#endif
