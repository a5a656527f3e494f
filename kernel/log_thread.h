/* SPDX-License-Identifier: MIT */
/*
 * The thread that writes the log out, and how it learns that there is something: whoever makes
 * the first record in an empty ring triggers a software interrupt, which works from any
 * context; its handler sends the thread a message. So an idle machine stays idle, and logging
 * never calls the scheduler. The same thread logs what the interrupts of unserved lines only note.
 */
#ifndef KERNEL_LOG_THREAD_H
#define KERNEL_LOG_THREAD_H

#include "lib/context.h"

/* The software-generated interrupt that the log uses. */
#define LOG_THREAD_LINE 0u

/* Entry of the thread. */
void log_thread_main(void *argument);

/* The line interrupted. O(log timed events). */
void log_thread_interrupt_irq(void) IRQ_MASKED;

/* Triggers the line: any context. O(1). */
void log_thread_announce(void);

/* From now on the thread writes the log, no longer the writers. Boot; the line is enabled. */
void log_thread_take_over(void);

#endif
