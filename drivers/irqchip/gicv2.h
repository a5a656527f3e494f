/* SPDX-License-Identifier: MIT */
/*
 * Arm Generic Interrupt Controller, version 2, with one CPU served. Source: IHI 0048B.
 *
 * All lines are in group 0 as this CPU sees it and signalled as IRQ, which suits a GIC without the
 * Security Extensions (QEMU virt) and the Non-secure view of one that has them alike.
 *
 * Priorities: the kernel's 0..63, 63 highest. The GIC counts the other way round, in 16 to 256
 * steps; where it has too few, neighbours share one (gicv2_priority_levels()) and are equals to it:
 * of 32 two each, of 16 four or five. The fold keeps the order: a higher kernel priority never gets
 * a lower GIC priority. The mask lets through what is at the running thread's priority or above.
 */
#ifndef DRIVERS_IRQCHIP_GICV2_H
#define DRIVERS_IRQCHIP_GICV2_H

#include "kernel/irq/irq.h"
#include "lib/addr.h"
#include "lib/status.h"

#define GICV2_LINES_MAX  1020u /* INTIDs from here on are not lines */
#define GICV2_SPURIOUS   1023u
#define GICV2_SGI_COUNT  16u
#define GICV2_LINE_MASK  0x3ffu
#define GICV2_PRIORITIES 64u

/* GICC registers of the hot path, as indices of 32-bit words: IHI 0048B, table 4-2. */
#define GICV2_CPU_PMR  (0x004 / 4)
#define GICV2_CPU_IAR  (0x00c / 4)
#define GICV2_CPU_EOIR (0x010 / 4)

/* And GICD's: table 4-1. */
#define GICV2_DIST_ICENABLE (0x180 / 4)

/* Constant after gicv2_init(). */
struct gicv2 {
    volatile uint32_t *cpu;         /* GICC */
    volatile uint32_t *distributor; /* GICD */
    uint32_t line_count;
    uint32_t priority_levels;
    uint8_t mask[GICV2_PRIORITIES]; /* for each kernel priority */
};
extern struct gicv2 gicv2;

/* Everything off and nothing pending, all priorities open, distributor and CPU interface on. Both
 * bases: where the registers are mapped, as Device memory. Boot, interrupts masked; linear in the
 * number of lines, at most GICV2_LINES_MAX. UNSUPPORTED: no distributor answers there. */
MUST_USE status_t gicv2_init(vaddr_t distributor, vaddr_t cpu_interface);

/* Takes the most urgent pending interrupt: its INTID in the low ten bits, for an SGI the sender's
 * CPU above; GICV2_SPURIOUS if there is none (any more). One register access. */
static inline uint32_t gicv2_acknowledge(void) {
    return gicv2.cpu[GICV2_CPU_IAR];
}

/* Ends what gicv2_acknowledge() returned, that value unchanged: drops its priority and deactivates
 * it. Nothing happens for GICV2_SPURIOUS. One register access. */
static inline void gicv2_end(uint32_t acknowledged) {
    gicv2.cpu[GICV2_CPU_EOIR] = acknowledged;
}

/* The same as a function that can be pointed at. */
void gicv2_end_taken(uint32_t acknowledged);

/* Lets `line` interrupt with a kernel priority. O(1), any context.
 * OUT_OF_RANGE: no such line, or a priority above 63. */
MUST_USE status_t gicv2_enable(uint32_t line, uint32_t priority);

/* O(1), any context. SGIs may ignore it. OUT_OF_RANGE: no such line. */
MUST_USE status_t gicv2_disable(uint32_t line);

/* The same for a line that there is. One register access. */
static inline void gicv2_shut(uint32_t line) {
    gicv2.distributor[GICV2_DIST_ICENABLE + line / 32] = 1u << (line % 32);
}

/* Makes software-generated interrupt `sgi` pending on this CPU. O(1), any context. OUT_OF_RANGE. */
MUST_USE status_t gicv2_trigger(uint32_t sgi);

/* This controller as the kernel's lines want it. Lives for ever. */
const struct irq_controller *gicv2_controller(void);

/* INTIDs 0 .. count - 1 are lines. O(1). */
static inline uint32_t gicv2_line_count(void) {
    return gicv2.line_count;
}

/* How many priorities the chip tells apart, at most 64 of which the kernel uses. O(1). */
static inline uint32_t gicv2_priority_levels(void) {
    return gicv2.priority_levels;
}

/* Lets through what has this kernel priority (0..63) or a higher one. O(1). */
static inline void gicv2_set_level(uint32_t priority) {
    gicv2.cpu[GICV2_CPU_PMR] = gicv2.mask[priority];
}

/* The GIC's value for a kernel priority (0..63) on a chip with `levels` (16..256, a power of two).
 * Pure, O(1). */
uint32_t gicv2_priority_value(uint32_t priority, uint32_t levels);

/* The mask (GICC_PMR) that lets this value through and those of all higher priorities, and no
 * other. Pure, O(1). */
uint32_t gicv2_mask_value(uint32_t priority, uint32_t levels);

#endif
