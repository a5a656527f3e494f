/* SPDX-License-Identifier: MIT */
/*
 * Interrupt lines that threads serve. A line is bound to a thread and has a priority, in the one
 * space that threads and timers have, too: it interrupts only what is not above it. The interrupt
 * itself does next to nothing: it takes the line out of service at the controller and wakes the
 * thread, which does the work, and by waiting again puts the line back into service. So a line that
 * interrupts without end costs its own level and those below, and a thread above not one
 * instruction.
 *
 *             interrupt                    irq_wait
 *   IN SERVICE --------> SHUT, thread woken --------> IN SERVICE, the thread waits
 *
 * What cannot wait for a thread is done by a short handler, in the interrupt: a function that the
 * image declares with BOUND_CALLEE(irq_line_handler, function), so that its instructions are in
 * every bound that it lengthens.
 *
 * A line may be limited: more interrupts than so many within a length of time, and it is shut for
 * good, reported, and its thread told.
 */
#ifndef KERNEL_IPC_IRQ_LINE_H
#define KERNEL_IPC_IRQ_LINE_H

#include "kernel/cpu/cpu.h"
#include "kernel/sched/thread.h"

/* Called in the interrupt, masked. It may call what ends in _irq. */
typedef void (*irq_line_handler)(void *argument);

struct irq_line_attributes {
    uint8_t priority; /* 0..63: usually that of the thread */
    uint32_t limit;   /* interrupts within `window`, at most; 0: no limit */
    duration_t window;
};

/* The software lines of applications: the first of them, and how many there are. */
#define IRQ_SOFTWARE_FIRST 1u
#define IRQ_SOFTWARE_COUNT 15u

/* Binds `line` to thread `handler`, which shall wait for it, and puts it into service. O(1).
 * OUT_OF_RANGE: no such line, or not one of CONFIG_IRQ_LINES; priority above 63. BUSY: bound
 * already, or the kernel's own. STALE: no such thread. NO_SLOT: CONFIG_IRQ_BINDINGS are in use. */
MUST_USE status_t irq_line_bind(uint32_t line, const struct irq_line_attributes *attributes,
                                thread_id_t handler) IRQ_UNMASKED;

/* Binds `line` to a function of the image instead. Errors of irq_line_bind(), and INVALID_ARGUMENT:
 * NULL. O(1). */
MUST_USE status_t irq_line_handle(uint32_t line, const struct irq_line_attributes *attributes,
                                  irq_line_handler handler, void *argument) IRQ_UNMASKED;

/* Takes a line out of service and forgets it; who waits for it is told CLOSED. O(1), and the wake.
 * NOT_FOUND: not bound. */
status_t irq_line_unbind(uint32_t line) IRQ_UNMASKED;

/* Waits for the next interrupt of `line`, whose thread the caller is, until `deadline`. The one
 * before is done with: the line is put back into service. OK: it has interrupted. TIMED_OUT. CLOSED:
 * it was shut because it interrupted too often, or unbound. NOT_FOUND: not bound to the caller.
 * Masked: O(log timed events). */
MUST_USE status_t irq_wait_until(uint32_t line, instant_t deadline) IRQ_UNMASKED;

/* The same without a deadline. */
static inline MUST_USE status_t irq_wait(uint32_t line) IRQ_UNMASKED {
    return irq_wait_until(line, INSTANT_NEVER);
}

/* How often `line` has interrupted since it was bound; 0 if it is not. O(1), any context. */
uint64_t irq_line_count(uint32_t line);

/* Makes a software line (IRQ_SOFTWARE_FIRST and on) interrupt; it can be bound like any other, and
 * remembers one interrupt at most. O(1), any context. OUT_OF_RANGE. */
MUST_USE status_t irq_trigger(uint32_t line);

/* The door's part: an interrupt was acknowledged that is neither the timer's nor the log's. Its end
 * at the controller included. O(log timed events). */
void irq_line_interrupt_irq(struct cpu *cpu, uint32_t acknowledged) IRQ_MASKED;

#endif
