/* SPDX-License-Identifier: MIT */
/*
 * Interrupt lines and what became of them. The timer's line and the log's never come here:
 * kernel_irq() hands them on at once, and neither do lines that somebody serves
 * (kernel/ipc/irq_line.h). Every other line is one that nobody serves: it is counted, and after IRQ_UNEXPECTED_MAX interrupts shut at the
 * controller, so that a line stuck active costs a bounded time once and not the whole CPU for ever.
 * What happened is logged later, by a thread.
 *
 * The controller belongs to a higher floor, so the two things wanted of it are handed down.
 */
#ifndef KERNEL_IRQ_IRQ_H
#define KERNEL_IRQ_IRQ_H

#include "lib/context.h"
#include "lib/status.h"

#define IRQ_LINE_FIRST_SPECIAL 1020u /* INTIDs from here on are no lines; 1023: nothing pending */
#define IRQ_UNEXPECTED_MAX     16u

struct irq_controller {
    void (*end)(uint32_t line);         /* the interrupt that was acknowledged is over. O(1) */
    status_t (*disable)(uint32_t line); /* O(1), any context */
};

/* Copies the table, clears all counters. Once, at boot, interrupts masked. O(CONFIG_IRQ_LINES). */
void irq_init(const struct irq_controller *controller) IRQ_MASKED;

/* An interrupt was acknowledged that is neither the timer's nor the log's: does all that is due for
 * it, its end at the controller included, and calls log_announce() where there is something to
 * report. Any number is survived. O(1). */
void irq_handle_other_irq(uint32_t line) IRQ_MASKED;

/* A line that somebody serves interrupted more often than its limit, and was shut: it is reported.
 * O(1). */
void irq_note_storm_irq(uint32_t line) IRQ_MASKED;

/* Logs what there is to report: at most twice in the life of a line. One thread at a time: the
 * log's, whenever it is woken. O(CONFIG_IRQ_LINES), O(1) where nothing happened. */
void irq_report(void) IRQ_UNMASKED;

/* How often `line` came to irq_handle_other_irq(). 0 for lines that are not counted one by one
 * (CONFIG_IRQ_LINES and above). O(1), any context. */
uint64_t irq_line_deliveries(uint32_t line);

/* Whether `line` was shut because it kept interrupting. O(1), any context. */
bool irq_line_is_shut(uint32_t line);

/* Totals since boot. O(1), any context. */
uint64_t irq_spurious_count(void); /* acknowledged when nothing was pending any more */
uint64_t irq_unknown_count(void);  /* of lines that nobody serves */

#endif
