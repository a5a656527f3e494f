/* SPDX-License-Identifier: MIT */
/* Interrupts nobody asked for: counted, ended, shut, and told of twice, later. */
#include "kernel/irq/irq.h"

#include "arch/cpu.h"
#include "config.h"
#include "kernel/console/console.h"
#include "kernel/console/log.h"
#include "tests/unit/test.h"

static unsigned ends;
static uint32_t last_ended;
static unsigned disables;
static uint32_t last_disabled;
static status_t disable_answer;
static bool shut_too_late; /* a line must be shut before its interrupt is over */
static bool is_ended;
static unsigned log_lines;
static unsigned announcements;

static void fake_end(uint32_t line) {
    ends++;
    is_ended = true;
    last_ended = line;
}

static status_t fake_disable(uint32_t line) {
    shut_too_late = shut_too_late || is_ended;
    disables++;
    last_disabled = line;
    return disable_answer;
}

static bool fake_try_put(char letter) {
    log_lines += letter == '\n';
    return true;
}

static void fake_flush(void) {
}

static void fake_announce(void) {
    announcements++;
}

NO_CONTEXT_CHECK static void start(void) {
    static const struct irq_controller controller = {.end = fake_end, .disable = fake_disable};
    static const struct console_device console = {.try_put = fake_try_put, .flush = fake_flush};
    console_init(&console);
    log_hand_over(fake_announce);
    log_set_synchronous(true);
    log_set_level(LOG_LEVEL_WARN);
    irq_init(&controller);
    ends = disables = log_lines = announcements = 0;
    last_ended = last_disabled = 0;
    disable_answer = STATUS_OK;
    shut_too_late = false;
}

NO_CONTEXT_CHECK static void take(uint32_t line, unsigned times) {
    for (unsigned i = 0; i < times; i++) {
        unsigned ends_before = ends;
        unsigned lines_before = log_lines;
        is_ended = false;
        irq_handle_other_irq(line);
        EXPECT(!shut_too_late);
        EXPECT_EQ(log_lines, lines_before); /* nothing is logged here */
        if (line < IRQ_LINE_FIRST_SPECIAL) {
            EXPECT_EQ(ends, ends_before + 1);
            EXPECT_EQ(last_ended, line);
        } else {
            EXPECT_EQ(ends, ends_before);
        }
    }
}

/* Lines that a report logs; each came with an announcement, and a second report has nothing. */
static unsigned report(void) {
    unsigned before = log_lines;
    bool announced = announcements != 0;
    announcements = 0;
    irq_report();
    unsigned logged = log_lines - before;
    EXPECT_EQ(logged != 0, announced);
    irq_report();
    EXPECT_EQ(log_lines, before + logged);
    return logged;
}

TEST(irq_spurious_is_only_counted) {
    start();
    for (uint32_t line = IRQ_LINE_FIRST_SPECIAL; line < 1024; line++) {
        take(line, 1);
    }
    take(UINT32_MAX, 100);
    EXPECT_EQ(irq_spurious_count(), 104);
    EXPECT_EQ(irq_unknown_count(), 0);
    EXPECT_EQ(disables, 0);
    EXPECT_EQ(report(), 0);
}

TEST(irq_storm_is_shut) {
    start();
    take(40, IRQ_UNEXPECTED_MAX - 1);
    EXPECT_EQ(disables, 0);
    EXPECT_EQ(announcements, 1);
    EXPECT_EQ(report(), 1);
    EXPECT(!irq_line_is_shut(40));
    take(41, 1); /* another line does not reset the count */
    take(40, 1);
    EXPECT_EQ(disables, 1);
    EXPECT_EQ(last_disabled, 40);
    EXPECT(irq_line_is_shut(40));
    EXPECT(!irq_line_is_shut(41));
    EXPECT_EQ(irq_line_deliveries(40), IRQ_UNEXPECTED_MAX);
    EXPECT_EQ(irq_line_deliveries(41), 1);
    EXPECT_EQ(irq_unknown_count(), IRQ_UNEXPECTED_MAX + 1);
    EXPECT_EQ(announcements, 2);
    EXPECT_EQ(report(), 2); /* the first of 41, and the end of 40 */
}

TEST(irq_line_that_cannot_be_shut) {
    start();
    disable_answer = STATUS_OUT_OF_RANGE;
    take(CONFIG_IRQ_LINES - 1, 1000);
    EXPECT_EQ(disables, 1000 - IRQ_UNEXPECTED_MAX + 1); /* every time, but told of once */
    EXPECT_EQ(announcements, 2);
    EXPECT_EQ(report(), 2);
    EXPECT_EQ(irq_line_deliveries(CONFIG_IRQ_LINES - 1), 1000);
    take(CONFIG_IRQ_LINES - 1, 1);
    EXPECT_EQ(report(), 0);
}

TEST(irq_uncounted_lines_are_shut_at_once) {
    start();
    for (uint32_t line = CONFIG_IRQ_LINES; line < IRQ_LINE_FIRST_SPECIAL; line++) {
        take(line, 1);
        EXPECT_EQ(last_disabled, line);
        EXPECT_EQ(irq_line_deliveries(line), 0);
        EXPECT(!irq_line_is_shut(line));
    }
    EXPECT_EQ(disables, IRQ_LINE_FIRST_SPECIAL - CONFIG_IRQ_LINES);
    EXPECT_EQ(irq_unknown_count(), IRQ_LINE_FIRST_SPECIAL - CONFIG_IRQ_LINES);
    EXPECT_EQ(announcements, 1);
    EXPECT_EQ(report(), 1);
}

TEST(irq_init_forgets) {
    start();
    take(40, 100);
    take(CONFIG_IRQ_LINES, 1);
    take(1023, 1);
    start();
    EXPECT_EQ(irq_line_deliveries(40), 0);
    EXPECT(!irq_line_is_shut(40));
    EXPECT_EQ(irq_unknown_count(), 0);
    EXPECT_EQ(irq_spurious_count(), 0);
    EXPECT_EQ(report(), 0);
    take(CONFIG_IRQ_LINES, 1);
    EXPECT_EQ(report(), 1);
}
