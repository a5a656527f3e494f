/* SPDX-License-Identifier: MIT */
/*
 * The threads of a process, and their end. The first is the last to end: it waits for the others, so the
 * end of the process is the end of that thread, whoever waits for it. A process ends by an exit, by a
 * fault of any thread, or by being killed: that is marked in one step, after which it makes no thread more;
 * then its threads are made to end, one after the other, a masked stretch for each.
 *
 *   marked --> process_threads_end(): each leaves its wait, and its program --> the others end
 *                                                                                 | the first waits for each
 *                                                                                 v
 *                                                                               the first ends
 *
 * Each but the first has a place, with a page for messages. Both stay the process's until it is gone, and
 * serve its next thread: so what it has lent or used grows only with the number that it has at once.
 */
#ifndef KERNEL_PROC_PROCESS_THREADS_H
#define KERNEL_PROC_PROCESS_THREADS_H

#include "abi/thread.h"
#include "kernel/proc/process_object.h"

/* It has none but a first. O(CONFIG_PROCESS_THREADS). */
void process_threads_init(struct process *process);

/* The thread that the process calls `name`, or NULL: it is gone, or is the first. O(1). */
struct thread *process_thread_find_irq(const struct process *process, uint64_t name) IRQ_MASKED;

/* Another thread of the running thread's process, and in the server of that thread; a higher one runs
 * before this returns. `name` is what the process calls it. DENIED: a priority above what the process
 * began with and its ceiling; OUT_OF_RANGE: its server would not take it; MISALIGNED: the stack; FULL:
 * it has CONFIG_PROCESS_THREADS, or no place is left of those that it may have below it; NO_MEMORY;
 * NO_SLOT; CLOSED: it ends. Thread context. O(CONFIG_PROCESS_THREADS), O(1) of it masked at a time. */
MUST_USE status_t process_thread_make(struct thread_request *request, uint64_t *name) IRQ_UNMASKED;

/* Makes all threads of a process that is marked end, but the running one. Whoever ends it does. Thread
 * context. O(CONFIG_PROCESS_THREADS), O(log timed events) masked at a time. */
void process_threads_end(process_id_t id) IRQ_UNMASKED;

/* What a thread of a process that is ending does instead of going on. */
NORETURN void process_thread_end(void *unused) IRQ_UNMASKED;

/* The same, of the one that made the process end. */
NORETURN void process_end_all(void) IRQ_UNMASKED;

#endif
