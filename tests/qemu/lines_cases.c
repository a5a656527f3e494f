/* SPDX-License-Identifier: MIT */
/* Interrupt lines that threads and short handlers serve: in what order, how often, and every no. */
#include "arch/cpu.h"
#include "kernel/cpu/cpu.h"
#include "kernel/ipc/irq_line.h"
#include "kernel/ipc/mailbox_type.h"
#include "kernel/irq/irq.h"
#include "kernel/mm/direct_map.h"
#include "lib/bound.h"
#include "tests/qemu/groups.h"

#define MAIN       CONFIG_MAIN_PRIORITY
#define LINE       5 /* software lines */
#define OTHER_LINE 6
#define UART_LINE  33 /* of QEMU virt, active as long as UARTIMSC_TX is set */
#define UART_BASE  0x09000000

#define UARTIMSC    (0x038 / 4)
#define UARTIMSC_TX (1u << 5)

static volatile uint64_t served;
static volatile status_t last;
static volatile bool again; /* the thread makes its own line pending, once */

/* Serves until it is told no. */
static void serves(void *argument) {
    uint32_t line = (uint32_t)(uintptr_t)argument;
    for (;;) {
        last = irq_wait(line);
        if (last != STATUS_OK) {
            return;
        }
        served++;
        trace_add('s');
        if (again) {
            again = false;
            (void)!irq_trigger(line);
        }
    }
}

static thread_id_t server_begin(uint32_t line, unsigned priority,
                                const struct irq_line_attributes *limit) {
    struct irq_line_attributes attributes =
        limit != NULL ? *limit : (struct irq_line_attributes){0};
    attributes.priority = (uint8_t)priority;
    served = 0;
    last = STATUS_OK;
    thread_id_t id = test_spawn(serves, (void *)(uintptr_t)line, priority < MAIN ? priority : MAIN);
    TAP_EQ(irq_line_bind(line, &attributes, id), STATUS_OK, "a line is bound to a thread");
    TAP_EQ(thread_set_priority(id, priority), STATUS_OK, "which comes to its wait");
    return id;
}

static void server_end(uint32_t line, thread_id_t id) {
    TAP_EQ(irq_line_unbind(line), STATUS_OK, "the line is given back");
    test_join(id);
    TAP_EQ(last, STATUS_CLOSED, "and its thread was told");
}

static void lines_higher(void) {
    thread_id_t id = server_begin(LINE, MAIN + 2, NULL);
    for (unsigned i = 0; i < 10; i++) {
        TAP_REQUIRE(irq_trigger(LINE) == STATUS_OK, "triggered");
        test_spin_until(time_after(time_ticks(50)));
        TAP_REQUIRE(served == i + 1, "its thread has run");
    }
    TAP_EQ(irq_line_count(LINE), 10, "each interrupt is counted");
    again = true;
    TAP_EQ(irq_trigger(LINE), STATUS_OK, "and one while the thread serves one");
    test_spin_until(time_after(time_ticks(50)));
    TAP_EQ(served, 12, "is served, too");
    server_end(LINE, id);
}

/* What is below main waits until main does, and both of them are there then. */
static void lines_lower(void) {
    thread_id_t low = server_begin(LINE, MAIN - 3, NULL);
    test_settle();
    TAP_EQ(irq_trigger(LINE), STATUS_OK, "triggered");
    test_spin_until(time_after(time_us(100)));
    TAP_EQ(irq_line_count(LINE), 0, "it does not interrupt main");
    test_settle();
    TAP_EQ(irq_line_count(LINE), 1, "it does when main sleeps");
    TAP_EQ(served, 1, "and is served");
    server_end(LINE, low);
}

static void note_low(void *argument) {
    (void)argument;
    trace_add('l');
}
BOUND_CALLEE(irq_line_handler, note_low);

static void note_high(void *argument) {
    (void)argument;
    trace_add('h');
}
BOUND_CALLEE(irq_line_handler, note_high);

static void lines_order(void) {
    TEST_NEEDS(CONFIG_IRQ_BINDINGS >= 2);
    const struct irq_line_attributes low = {.priority = MAIN + 1};
    const struct irq_line_attributes high = {.priority = MAIN + 9};
    TAP_EQ(irq_line_handle(LINE, &low, note_low, NULL), STATUS_OK, "a line with a handler");
    TAP_EQ(irq_line_handle(OTHER_LINE, &high, note_high, NULL), STATUS_OK, "a higher one");
    arch_irq_mask();
    (void)!irq_trigger(LINE);
    (void)!irq_trigger(OTHER_LINE);
    arch_irq_unmask();
    test_spin_until(time_after(time_ticks(500)));
    TAP_TEXT(trace_text(), "hl", "the higher one comes first");
    TAP_EQ(irq_line_unbind(LINE), STATUS_OK, "given back");
    TAP_EQ(irq_line_unbind(OTHER_LINE), STATUS_OK, "both");
}

MAILBOX_TYPE(note_box, uint64_t)
MAILBOX_STATIC(note_box, notes, 4);

static void sends_note(void *argument) IRQ_MASKED {
    (void)!mailbox_try_send_irq(&notes.mailbox, argument);
}
BOUND_CALLEE(irq_line_handler, sends_note);

static void lines_handler_sends(void) {
    static const uint64_t note = 77;
    const struct irq_line_attributes attributes = {.priority = MAIN + 1};
    uint64_t got = 0;
    TAP_EQ(irq_line_handle(LINE, &attributes, sends_note, (void *)(uintptr_t)&note), STATUS_OK,
           "a handler that sends");
    TAP_EQ(irq_trigger(LINE), STATUS_OK, "triggered");
    TAP_EQ(note_box_recv_ms(&notes, &got, 1), STATUS_OK, "main has the message");
    TAP_EQ(got, 77, "this one");
    TAP_EQ(irq_line_unbind(LINE), STATUS_OK, "given back");
}

static volatile uint32_t *uart(void) {
    return (volatile uint32_t *)phys_to_virt(paddr(UART_BASE));
}

static void uart_line_set(bool active) {
    uint32_t mask = uart()[UARTIMSC];
    uart()[UARTIMSC] = active ? mask | UARTIMSC_TX : mask & ~UARTIMSC_TX;
    __asm__ volatile("dsb sy\n\tisb" ::: "memory");
}

/* A line that stays active: its thread serves it without end, and main, above it, goes on. */
static void lines_stuck(void) {
    thread_id_t id = server_begin(UART_LINE, MAIN - 3, NULL);
    test_settle();
    uart_line_set(true);
    test_spin_until(time_after(time_us(100)));
    TAP_EQ(served, 0, "main does not notice it");
    thread_sleep_us(200);
    uint64_t count = served;
    TAP_OK(count > 50, "its thread is busy");
    test_spin_until(time_after(time_us(100)));
    TAP_EQ(served, count, "while main sleeps only");
    uart_line_set(false);
    test_settle();
    server_end(UART_LINE, id);
}

static void lines_storm(void) {
    const struct irq_line_attributes limit = {.limit = 20, .window = time_ms(1)};
    thread_id_t id = server_begin(UART_LINE, MAIN - 3, &limit);
    uart_line_set(true);
    thread_sleep_us(500);
    TAP_EQ(served, 20, "so many are served");
    TAP_EQ(last, STATUS_CLOSED, "then the line is shut, and its thread told");
    TAP_EQ(irq_line_count(UART_LINE), 21, "after one too many");
    test_join(id);
    uart_line_set(false);
    TAP_EQ(irq_line_unbind(UART_LINE), STATUS_OK, "it can be bound anew");
}

/* Slower than the limit, for ever. */
static void lines_below_limit(void) {
    const struct irq_line_attributes limit = {.limit = 2, .window = time_us(50)};
    thread_id_t id = server_begin(LINE, MAIN + 2, &limit);
    for (unsigned i = 0; i < 20; i++) {
        (void)!irq_trigger(LINE);
        test_spin_until(time_after(time_us(30)));
    }
    TAP_EQ(served, 20, "all are served");
    server_end(LINE, id);
}

static void waits_once(void *argument) {
    last = irq_wait_until((uint32_t)(uintptr_t)argument, time_after(time_us(50)));
}

static void lines_time_out(void) {
    const struct irq_line_attributes attributes = {.priority = MAIN + 2};
    thread_id_t id = test_spawn(waits_once, (void *)(uintptr_t)LINE, MAIN);
    TAP_EQ(irq_line_bind(LINE, &attributes, id), STATUS_OK, "bound");
    test_settle();
    TAP_EQ(last, STATUS_TIMED_OUT, "nothing comes");
    test_join(id);
    TAP_EQ(irq_line_unbind(LINE), STATUS_OK, "given back");
}

static void lines_refused(void) {
    const struct irq_line_attributes attributes = {.priority = MAIN};
    const struct irq_line_attributes too_high = {.priority = THREAD_PRIORITY_MAX + 1};
    thread_id_t self = thread_self();
    TAP_EQ(irq_line_bind(CONFIG_IRQ_LINES, &attributes, self), STATUS_OUT_OF_RANGE, "no such line");
    TAP_EQ(irq_line_bind(UINT32_MAX, &attributes, self), STATUS_OUT_OF_RANGE, "nor this");
    TAP_EQ(irq_line_bind(LINE, &too_high, self), STATUS_OUT_OF_RANGE, "no such priority");
    TAP_EQ(irq_line_bind(0, &attributes, self), STATUS_BUSY, "the log's line");
    TAP_EQ(irq_line_bind(arch_cpu_self()->timer_line, &attributes, self), STATUS_BUSY,
           "the timer's");
    TAP_EQ(irq_line_bind(LINE, &attributes, THREAD_ID_NONE), STATUS_STALE, "no such thread");
    TAP_EQ(irq_line_handle(LINE, &attributes, NULL, NULL), STATUS_INVALID_ARGUMENT, "no handler");
    TAP_EQ(irq_wait(LINE), STATUS_NOT_FOUND, "a line that is not bound");
    TAP_EQ(irq_wait(UINT32_MAX), STATUS_NOT_FOUND, "or is none");
    TAP_EQ(irq_line_unbind(LINE), STATUS_NOT_FOUND, "not bound");
    TAP_EQ(irq_line_count(LINE), 0, "and never was");
    TAP_EQ(irq_trigger(0), STATUS_OUT_OF_RANGE, "the log's is not to be triggered");
    TAP_EQ(irq_trigger(IRQ_SOFTWARE_FIRST + IRQ_SOFTWARE_COUNT), STATUS_OUT_OF_RANGE,
           "no such one");
    thread_id_t other = test_spawn(waits_once, (void *)(uintptr_t)OTHER_LINE, MAIN);
    TAP_EQ(irq_line_bind(OTHER_LINE, &attributes, other), STATUS_OK, "another's line");
    TAP_EQ(irq_line_bind(OTHER_LINE, &attributes, self), STATUS_BUSY, "is bound");
    TAP_EQ(irq_wait(OTHER_LINE), STATUS_NOT_FOUND, "and not to the caller");
    test_settle();
    test_join(other);
    TAP_EQ(irq_line_unbind(OTHER_LINE), STATUS_OK, "given back");
}

static void lines_exhausted(void) {
    TEST_NEEDS(CONFIG_IRQ_LINES > 200 && CONFIG_IRQ_BINDINGS <= 128);
    const struct irq_line_attributes attributes = {.priority = MAIN};
    unsigned bound = 0;
    for (uint32_t line = 64; bound < CONFIG_IRQ_BINDINGS; line++) {
        bound++;
        TAP_REQUIRE(irq_line_bind(line, &attributes, thread_self()) == STATUS_OK, "one more");
    }
    TAP_EQ(irq_line_bind(200, &attributes, thread_self()), STATUS_NO_SLOT, "no binding is left");
    for (uint32_t line = 64; bound > 0; line++) {
        bound--;
        TAP_REQUIRE(irq_line_unbind(line) == STATUS_OK, "one less");
    }
    TAP_EQ(irq_line_bind(200, &attributes, thread_self()), STATUS_OK, "now there is");
    TAP_EQ(irq_wait_until(200, (instant_t){0}), STATUS_TIMED_OUT, "nothing interrupts");
    TAP_EQ(irq_line_unbind(200), STATUS_OK, "given back");
}

static const struct test_case lines_cases[] = {
    {"lines_higher", lines_higher, TEST_EXACT},
    {"lines_lower", lines_lower, TEST_EXACT},
    {"lines_order", lines_order, TEST_EXACT},
    {"lines_handler_sends", lines_handler_sends, TEST_ALWAYS},
    {"lines_stuck", lines_stuck, TEST_EXACT},
    {"lines_storm", lines_storm, TEST_EXACT},
    {"lines_below_limit", lines_below_limit, TEST_EXACT},
    {"lines_time_out", lines_time_out, TEST_ALWAYS},
    {"lines_refused", lines_refused, TEST_ALWAYS},
    {"lines_exhausted", lines_exhausted, TEST_ALWAYS},
};
TEST_GROUP(lines);
