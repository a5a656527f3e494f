/* SPDX-License-Identifier: MIT */
/* Interrupts that nobody asked for: counted, survived, reported, and in the end shut. */
#include "kernel/irq/irq.h"

#include "arch/cpu.h"
#include "arch/upcalls.h"
#include "drivers/irqchip/irqchip.h"
#include "drivers/uart/pl011.h"
#include "kernel/console/log.h"
#include "kernel/mm/direct_map.h"
#include "lib/bound.h"
#include "tests/qemu/groups.h"

#define SOFTWARE_LINE 3
#define UNUSED_LINE   100 /* of QEMU virt: no device, and so are the next */
#define REPORTED_LINE 101
#define UART_LINE     33
#define UART_BASE     0x09000000

#define GICD_ISPENDR (0x200 / 4)
#define UARTIMSC     (0x038 / 4)
#define UARTIMSC_TX  (1u << 5)

static void set_pending(uint32_t line) {
    gicv2.distributor[GICD_ISPENDR + line / 32] = 1u << (line % 32);
    __asm__ volatile("dsb sy\n\tisb" ::: "memory");
}

static void still_alive(void) {
    instant_t when = time_after(time_us(100));
    thread_sleep_until(when);
    TAP_OK(!instant_before(time_now(), when), "time and threads go on");
}

/* Until the log's thread, the lowest there is, has looked at all and written it out. */
static void log_settle(void) {
    do {
        thread_sleep_ms(5);
    } while (log_is_pending());
}

/* A line that nobody asked for has the lowest level: it waits until nothing more urgent runs. */
static void irq_software(void) {
    uint64_t masked = irq_unknown_count();
    TAP_EQ(irqchip_trigger(SOFTWARE_LINE), STATUS_OK, "a software interrupt is triggered");
    test_spin_until(time_after(time_us(10)));
    TAP_EQ(irq_unknown_count() - masked, 0, "it does not interrupt who is above it");
    log_settle();
    TAP_EQ(irq_unknown_count() - masked, 1, "it does when nobody runs");
    unsigned before = 0;
    TAP_EQ(thread_get_priority(thread_self(), &before), STATUS_OK, "main's level");
    TAP_EQ(thread_set_priority(thread_self(), THREAD_PRIORITY_MIN), STATUS_OK, "to the lowest");
    uint64_t unknown = irq_unknown_count();
    uint64_t deliveries = irq_line_deliveries(SOFTWARE_LINE);
    TAP_EQ(irqchip_trigger(SOFTWARE_LINE), STATUS_OK, "a software interrupt is triggered");
    test_spin_until(time_after(time_us(10)));
    TAP_EQ(irq_unknown_count() - unknown, 1, "it is counted as unknown");
    TAP_EQ(irq_line_deliveries(SOFTWARE_LINE) - deliveries, 1, "once, on its line");
    for (unsigned i = 0; i < 100; i++) {
        TAP_REQUIRE(irqchip_trigger(i % GICV2_SGI_COUNT) == STATUS_OK, "triggered");
    }
    test_spin_until(time_after(time_us(10)));
    TAP_OK(irq_unknown_count() - unknown > 16, "a hundred on all software lines");
    TAP_EQ(thread_set_priority(thread_self(), before), STATUS_OK, "and back");
    still_alive();
}

static void irq_unused_line(void) {
    TEST_NEEDS(CONFIG_IRQ_LINES > UNUSED_LINE);
    TAP_EQ(irqchip_enable(UNUSED_LINE, 40), STATUS_OK, "a line that nobody serves is enabled");
    for (unsigned i = 0; i < 2 * IRQ_UNEXPECTED_MAX; i++) {
        set_pending(UNUSED_LINE);
        test_spin_until(time_after(time_us(5)));
    }
    TAP_EQ(irq_line_deliveries(UNUSED_LINE), IRQ_UNEXPECTED_MAX, "it interrupts up to the limit");
    TAP_OK(irq_line_is_shut(UNUSED_LINE), "then it is shut");
    still_alive();
}

/* A console that counts the ends of lines: the log's thread writes them, main sleeps. */
static unsigned lines_shown;

bool counting_put(char letter);

bool counting_put(char letter) {
    bool taken = pl011_try_put(letter);
    lines_shown += taken && letter == '\n';
    return taken;
}
BOUND_CALLEE(console_try_put, counting_put);

static unsigned lines_shown_after(uint32_t line) {
    struct console_device counting = *pl011_console();
    log_settle();
    counting.try_put = counting_put;
    lines_shown = 0;
    console_init(&counting);
    set_pending(line);
    log_settle();
    console_init(pl011_console());
    return lines_shown;
}

/* The interrupt itself logs nothing, which would take long: a thread does, and soon. */
static void irq_reported(void) {
    TEST_NEEDS(CONFIG_IRQ_LINES > REPORTED_LINE);
    TAP_EQ(irqchip_enable(REPORTED_LINE, 40), STATUS_OK, "a line that nobody serves is enabled");
    uint64_t deliveries = irq_line_deliveries(REPORTED_LINE);
    unsigned shown = lines_shown_after(REPORTED_LINE);
    TAP_EQ(irq_line_deliveries(REPORTED_LINE), deliveries + 1, "it interrupts");
    if (log_threshold >= LOG_LEVEL_WARN) {
        TAP_EQ(shown, deliveries == 0, "the first time, that is logged");
    }
    TAP_EQ(lines_shown_after(REPORTED_LINE), 0, "not the second time");
    TAP_EQ(irqchip_disable(REPORTED_LINE), STATUS_OK, "and is disabled");
}

/* A device that holds its line active: without the limit the CPU would do nothing else for ever. */
static void irq_stuck_line(void) {
    volatile uint32_t *uart = phys_to_virt(paddr(UART_BASE));
    uint32_t mask = uart[UARTIMSC];
    TAP_EQ(irqchip_enable(UART_LINE, 40), STATUS_OK, "the UART's line is enabled");
    uart[UARTIMSC] = mask | UARTIMSC_TX; /* something was written before: it is active at once */
    __asm__ volatile("dsb sy\n\tisb" ::: "memory");
    test_spin_until(time_after(time_us(50)));
    uart[UARTIMSC] = mask;
    TAP_EQ(irq_line_deliveries(UART_LINE), IRQ_UNEXPECTED_MAX, "it interrupts up to the limit");
    TAP_OK(irq_line_is_shut(UART_LINE), "then it is shut");
    still_alive();
}

/* What the door does when an interrupt was withdrawn before it was acknowledged. */
static void irq_spurious(void) {
    uint64_t before = irq_spurious_count();
    uint64_t unknown = irq_unknown_count();
    for (unsigned i = 0; i < 5; i++) {
        arch_irq_mask();
        kernel_irq(); /* nothing is pending, and nobody more urgent is ready: main goes on */
        arch_irq_unmask();
    }
    TAP_EQ(irq_spurious_count() - before, 5, "spurious interrupts are counted");
    TAP_EQ(irq_unknown_count() - unknown, 0, "and are nobody's");
    still_alive();
}

static const struct test_case irq_cases[] = {
    {"irq_software", irq_software, TEST_ALWAYS}, {"irq_unused_line", irq_unused_line, TEST_ALWAYS},
    {"irq_reported", irq_reported, TEST_ALWAYS}, {"irq_stuck_line", irq_stuck_line, TEST_ALWAYS},
    {"irq_spurious", irq_spurious, TEST_ALWAYS},
};
TEST_GROUP(irq);
