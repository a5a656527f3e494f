/* SPDX-License-Identifier: MIT */
/* The end of a process's thread by somebody else's will. */
#ifndef KERNEL_PROC_PROCESS_LIFE_H
#define KERNEL_PROC_PROCESS_LIFE_H

#include "kernel/sched/sched.h"

/* Makes a thread of a process that is ending, not the running one, end as soon as it runs next: it
 * leaves what it waits for, but stays suspended if it is. One that works for a system call, or ends
 * already, goes on. `ask`: the exit must be asked. O(log timed events). */
void process_end_thread_irq(struct cpu *cpu, thread_id_t id, bool *ask) IRQ_MASKED;

#endif
