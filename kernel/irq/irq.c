/* SPDX-License-Identifier: MIT */
/*
 * Counts interrupts and shuts lines that nobody serves. The interrupt only notes what it did; a
 * thread finds the notes and logs them, unmasked. So all here is written with interrupts masked
 * only, but for what was told already, which is the reporting thread's; each field is read whole.
 */
#define LOG_MODULE "irq"
#include "kernel/irq/irq.h"

#include "config.h"
#include "kernel/console/log.h"
#include "lib/bound.h"

/* A line, or all that are not counted one by one together. */
struct irq_line {
    uint64_t deliveries;
    uint32_t number; /* of those not counted: the first that came */
    status_t shut_status;
    bool shut;
    bool told; /* that it interrupts */
    bool told_shut;
    bool stormed; /* it had a limit */
    bool told_storm;
};

static struct irq_controller irq_controller; /* constant after init */
static struct irq_line irq_lines[CONFIG_IRQ_LINES];
static struct irq_line uncounted;
static uint64_t spurious_count;
static uint64_t unknown_count;
static bool news; /* something may be worth a message */

void irq_init(const struct irq_controller *controller) {
    irq_controller = *controller;
    BOUND_LOOP(lines, CONFIG_IRQ_LINES);
    for (uint32_t line = 0; line < CONFIG_IRQ_LINES; line++) {
        BOUND_TURN(lines);
        irq_lines[line] = (struct irq_line){.number = line};
    }
    uncounted = (struct irq_line){0};
    spurious_count = 0;
    unknown_count = 0;
    news = false;
}

/* --- In the interrupt ------------------------------------------------------------------------- */

/* The entry has changed in a way that somebody should be told of. */
static void irq_note_irq(void) IRQ_MASKED {
    __atomic_store_n(&news, true, __ATOMIC_RELEASE);
    log_announce();
}

/* Some lines can't be shut: the try is repeated, the message is not. */
static void irq_shut_irq(struct irq_line *entry, uint32_t line) IRQ_MASKED {
    status_t status = BOUND_CALLED(irq_disable, irq_controller.disable)(line);
    if (!entry->shut) {
        entry->number = line;
        entry->shut_status = status;
        entry->shut = true;
        irq_note_irq();
    }
}

static void unexpected_irq(uint32_t line) IRQ_MASKED {
    struct irq_line *entry = &irq_lines[line];
    entry->deliveries++;
    if (entry->deliveries >= IRQ_UNEXPECTED_MAX) {
        irq_shut_irq(entry, line);
    } else if (entry->deliveries == 1) {
        irq_note_irq();
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
        irq_shut_irq(&uncounted, line); /* no counter of its own: at once */
    }
    BOUND_CALLED(irq_end, irq_controller.end)(line);
}

void irq_note_storm_irq(uint32_t line) {
    __atomic_store_n(&irq_lines[line].stormed, true, __ATOMIC_RELEASE);
    irq_note_irq();
}

/* --- In the thread ---------------------------------------------------------------------------- */

static void irq_report_line(struct irq_line *entry) {
    if (!entry->told && *(const volatile uint64_t *)&entry->deliveries != 0) {
        entry->told = true;
        log_warn("line %u interrupts, but nobody serves it", entry->number);
    }
    if (!entry->told_shut && __atomic_load_n(&entry->shut, __ATOMIC_ACQUIRE)) {
        entry->told_shut = true;
        log_warn("line %u: %u unexpected interrupts, shut (%s)", entry->number, IRQ_UNEXPECTED_MAX,
                 status_name(entry->shut_status));
    }
    if (!entry->told_storm && __atomic_load_n(&entry->stormed, __ATOMIC_ACQUIRE)) {
        entry->told_storm = true;
        log_warn("line %u interrupts more often than its limit: shut", entry->number);
    }
}

void irq_report(void) {
    if (!__atomic_load_n(&news, __ATOMIC_ACQUIRE)) {
        return;
    }
    __atomic_store_n(&news, false, __ATOMIC_RELAXED); /* first: what comes now is seen next time */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    BOUND_LOOP(reported, CONFIG_IRQ_LINES);
    for (uint32_t line = 0; line < CONFIG_IRQ_LINES; line++) {
        BOUND_TURN(reported);
        irq_report_line(&irq_lines[line]);
    }
    if (!uncounted.told_shut && __atomic_load_n(&uncounted.shut, __ATOMIC_ACQUIRE)) {
        uncounted.told_shut = true;
        log_warn("line %u is beyond the %u that are counted: shut (%s)", uncounted.number,
                 CONFIG_IRQ_LINES, status_name(uncounted.shut_status));
    }
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
