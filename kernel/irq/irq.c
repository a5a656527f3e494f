/* SPDX-License-Identifier: MIT */
/* Counts interrupts and shuts lines that nobody serves. All of it is written with interrupts masked
 * only; a reader elsewhere sees each counter whole. */
#define LOG_MODULE "irq"
#include "kernel/irq/irq.h"

#include "config.h"
#include "kernel/console/log.h"
#include "lib/bound.h"

struct irq_line {
    uint64_t deliveries;
    bool shut;
};

static struct irq_controller irq_controller; /* constant after init */
static struct irq_line irq_lines[CONFIG_IRQ_LINES];
static uint64_t spurious_count;
static uint64_t unknown_count;
static bool uncounted_logged;

void irq_init(const struct irq_controller *controller) {
    irq_controller = *controller;
    BOUND_LOOP(lines, CONFIG_IRQ_LINES);
    for (uint32_t line = 0; line < CONFIG_IRQ_LINES; line++) {
        BOUND_TURN(lines);
        irq_lines[line] = (struct irq_line){0};
    }
    spurious_count = 0;
    unknown_count = 0;
    uncounted_logged = false;
}

static status_t disable_irq(uint32_t line) IRQ_MASKED {
    BOUND_CALLS(irq_disable);
    return irq_controller.disable(line);
}

/* A line without a counter of its own: shut at once, told of once for all of them. */
static void uncounted_irq(uint32_t line) IRQ_MASKED {
    status_t status = disable_irq(line);
    if (!uncounted_logged) {
        uncounted_logged = true;
        log_warn("line %u is beyond the %u that are counted: shut (%s)", line, CONFIG_IRQ_LINES,
                 status_name(status));
    }
}

/* Some lines can't be shut: the try is repeated, the message is not. */
static void unexpected_irq(uint32_t line) IRQ_MASKED {
    struct irq_line *entry = &irq_lines[line];
    entry->deliveries++;
    if (entry->deliveries == 1) {
        log_warn("line %u interrupts, but nobody serves it", line);
    }
    if (entry->deliveries < IRQ_UNEXPECTED_MAX) {
        return;
    }
    status_t status = disable_irq(line);
    if (!entry->shut) {
        entry->shut = true;
        log_warn("line %u: %u unexpected interrupts, shut (%s)", line, IRQ_UNEXPECTED_MAX,
                 status_name(status));
    }
}

void irq_handle_other_irq(uint32_t line) {
    if (line >= IRQ_LINE_FIRST_SPECIAL) { /* nothing was taken, so nothing is to be ended */
        spurious_count++;
        return;
    }
    unknown_count++;
    if (line < CONFIG_IRQ_LINES) {
        unexpected_irq(line);
    } else {
        uncounted_irq(line);
    }
    BOUND_CALLS(irq_end);
    irq_controller.end(line);
}

uint64_t irq_line_deliveries(uint32_t line) {
    return line < CONFIG_IRQ_LINES ? irq_lines[line].deliveries : 0;
}

bool irq_line_is_shut(uint32_t line) {
    return line < CONFIG_IRQ_LINES && irq_lines[line].shut;
}

uint64_t irq_spurious_count(void) {
    return spurious_count;
}

uint64_t irq_unknown_count(void) {
    return unknown_count;
}
