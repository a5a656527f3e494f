/* SPDX-License-Identifier: MIT */
/*
 * The interrupt controller of this image: one is linked, so its name is resolved at compile time
 * and a call costs nothing. What each function promises stands in its driver's header.
 *
 *     uint32_t taken = irqchip_acknowledge();
 *     ... irqchip_line(taken) ...
 *     irqchip_end(taken);
 */
#ifndef DRIVERS_IRQCHIP_IRQCHIP_H
#define DRIVERS_IRQCHIP_IRQCHIP_H

#include "drivers/irqchip/gicv2.h"

static inline MUST_USE status_t irqchip_init(vaddr_t distributor, vaddr_t cpu_interface) {
    return gicv2_init(distributor, cpu_interface);
}

static inline uint32_t irqchip_acknowledge(void) {
    return gicv2_acknowledge();
}

/* The line of what was acknowledged. */
static inline uint32_t irqchip_line(uint32_t acknowledged) {
    return acknowledged & GICV2_LINE_MASK;
}

static inline void irqchip_end(uint32_t acknowledged) {
    gicv2_end(acknowledged);
}

static inline void irqchip_set_level(uint32_t priority) {
    gicv2_set_level(priority);
}

static inline MUST_USE status_t irqchip_enable(uint32_t line, uint32_t priority) {
    return gicv2_enable(line, priority);
}

static inline MUST_USE status_t irqchip_disable(uint32_t line) {
    return gicv2_disable(line);
}

static inline void irqchip_shut(uint32_t line) {
    gicv2_shut(line);
}

static inline MUST_USE status_t irqchip_trigger(uint32_t software_line) {
    return gicv2_trigger(software_line);
}

static inline const struct irq_controller *irqchip_controller(void) {
    return gicv2_controller();
}

static inline uint32_t irqchip_line_count(void) {
    return gicv2_line_count();
}

#endif
