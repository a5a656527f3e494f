/* SPDX-License-Identifier: MIT */
/*
 * Late wakes whose parts are known to the instruction, because assembly makes them: for the
 * decomposition of ./genrt explain (tests/tools/explain_test.py).
 *
 *            due                                            began
 *   main ....|mmmmmmmmmm masked|                               |
 *   high                        |K|hhhhh 2 * TURNS + 4 hhhhh|c|     due at the same moment
 *   late                                                      |K|
 */
#include "arch/cpu.h"
#include "arch/task_call.h"
#include "kernel/ipc/irq_line.h"
#include "tests/qemu/groups.h"

#define MAIN         CONFIG_MAIN_PRIORITY
#define LATE         (MAIN + 8)
#define HIGH         (MAIN + 9)
#define HIGH_TURNS   700
#define MASKED_TURNS 400
#define AHEAD        300 /* ticks from where main begins to mask to the moment, about */
#define LINE         (IRQ_SOFTWARE_FIRST + 1)

/* What a call may change. */
#define CALL_CLOBBERS                                                                              \
    "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", \
        "x15", "x16", "x17", "x18", "x30", "cc", "memory"

static uint64_t began;

/* Sleeps until `when`; began: the clock at the first instruction behind. */
static void late_main(void *when) {
    uint64_t now;
    __asm__ volatile("mov x0, %[when]\n"
                     "bl task_call_sleep\n"
                     "mrs %[now], cntvct_el0\n"
                     : [now] "=&r"(now)
                     : [when] "r"(when)
                     : CALL_CLOBBERS);
    began = now;
}

/* Sleeps until `when`; then 2 * HIGH_TURNS + 4 instructions to its next sleep, the SVC included. */
static void high_main(void *when) {
    const uint64_t next = (uint64_t)(uintptr_t)when + 100000;
    __asm__ volatile("mov x0, %[when]\n"
                     "bl task_call_sleep\n"
                     "mov x9, %[turns]\n"
                     "1: subs x9, x9, #1\n"
                     "b.ne 1b\n"
                     "mov x0, %[next]\n"
                     "bl task_call_sleep\n"
                     :
                     : [when] "r"(when), [next] "r"(next), [turns] "i"(HIGH_TURNS)
                     : CALL_CLOBBERS);
}

static thread_id_t spawn(const char *name, thread_entry entry, uint64_t argument,
                         unsigned priority) {
    const struct thread_attributes attributes = {.name = name, .priority = (uint8_t)priority};
    thread_id_t id = THREAD_ID_NONE;
    TAP_REQUIRE(thread_spawn(entry, (void *)(uintptr_t)argument, &attributes, &id) == STATUS_OK,
                "a thread is spawned");
    return id;
}

/* The clock at the last but one instruction, which is followed by the one that unmasks. */
__attribute__((noinline)) static uint64_t works_masked(void) {
    uint64_t now;
    __asm__ volatile("msr daifset, #2\n"
                     "mov x9, %[turns]\n"
                     "1: subs x9, x9, #1\n"
                     "b.ne 1b\n"
                     "mrs %[now], cntvct_el0\n"
                     "msr daifclr, #2\n"
                     : [now] "=r"(now)
                     : [turns] "i"(MASKED_TURNS)
                     : "x9", "cc", "memory");
    return now;
}

static void explain_sleep(void) {
    const uint64_t due = time_now().ticks + 50000;
    thread_id_t late = spawn("late", late_main, due, LATE);
    thread_id_t high = spawn("high", high_main, due, HIGH);
    test_spin_until((instant_t){due - AHEAD});
    uint64_t masked_end = works_masked();
    test_join(late);
    test_join(high);
    TAP_OK(masked_end > due && began > masked_end, "due while it works masked, and served later");
    record_number("explain_due", due);
    record_number("explain_masked_end", masked_end);
    record_number("explain_began", began);
}

/* Nobody disturbs: what is left is the kernel's own path. */
static void explain_alone(void) {
    const uint64_t due = time_now().ticks + 50000;
    test_join(spawn("alone", late_main, due, LATE));
    TAP_OK(began > due, "never early");
    record_number("explain_alone_due", due);
    record_number("explain_alone_began", began);
}

static void peer_main(void *when) {
    late_main(when);
    (void)works_masked();
}

/* Two of one level are due at the same moment; the first masks on its way. */
static void explain_peer(void) {
    const uint64_t due = time_now().ticks + 50000;
    thread_id_t peer = spawn("peer", peer_main, due, LATE);
    thread_id_t behind = spawn("behind", late_main, due, LATE);
    test_join(peer);
    test_join(behind);
    TAP_OK(began > due, "never early");
}

static void serve_main(void *unused) {
    (void)unused;
    const struct irq_line_attributes line = {.priority = LATE};
    TAP_REQUIRE(irq_line_bind(LINE, &line, thread_self()) == STATUS_OK, "the line is bound");
    (void)!irq_wait(LINE);
    (void)!irq_line_unbind(LINE);
}

/* Interrupts are masked until works_masked() has done its work. */
__attribute__((noinline)) static status_t triggers_masked(uint64_t *triggered,
                                                          uint64_t *masked_end) {
    uint64_t saved = arch_irq_save();
    status_t status = irq_trigger(LINE);
    *triggered = time_now().ticks;
    *masked_end = works_masked();
    arch_irq_restore(saved);
    return status;
}

/* A line that is triggered while interrupts are masked. */
static void explain_line(void) {
    uint64_t triggered = 0, masked_end = 0;
    thread_id_t server = spawn("server", serve_main, 0, LATE);
    TAP_EQ(triggers_masked(&triggered, &masked_end), STATUS_OK, "triggered");
    test_join(server);
    record_number("explain_line_triggered", triggered);
    record_number("explain_line_masked_end", masked_end);
}

static const struct test_case explain_cases[] = {
    {"explain_sleep", explain_sleep, TEST_EXACT},
    {"explain_alone", explain_alone, TEST_EXACT},
    {"explain_peer", explain_peer, TEST_EXACT},
    {"explain_line", explain_line, TEST_EXACT},
};
TEST_GROUP(explain);
