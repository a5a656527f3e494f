/* SPDX-License-Identifier: MIT */
/* The log under load: it costs its callers little, drops and counts what is too much,
 * and delays nobody. */
#define LOG_MODULE "flood"

#include "kernel/console/log.h"

#include "arch/cpu.h"
#include "tests/qemu/groups.h"

#define MAIN       CONFIG_MAIN_PRIORITY
#define LATE_LIMIT 1000  /* instructions */
#define CALL_LIMIT 20000 /* instructions of one call */

/* More than the ring holds, faster than anybody reads it: main is above the log's thread. */
static void flood(void) {
    for (unsigned i = 0; i < CONFIG_LOG_RING_SIZE / 50; i++) {
        log_error("line %u of a flood that is larger than the ring is", i);
    }
}

/* Lets the log's thread write out what there is, also what earlier cases left: until then nobody can
 * say what there is room for. How long that takes is the UART's matter; the watchdog ends it. */
static void drain(void) {
    while (log_is_pending()) {
        thread_sleep_ms(1);
    }
}

static void log_overflow(void) {
    uint64_t lost = log_lost_count();
    flood();
    TAP_OK(log_lost_count() > lost, "what is too much is dropped and counted");
    drain();
    lost = log_lost_count();
    log_error("after the flood");
    TAP_EQ(log_lost_count(), lost, "after the flood there is room again");
    record_number("log_lost", lost);
}

static void log_any_context(void) {
    drain();
    uint64_t lost = log_lost_count();
    arch_irq_mask();
    log_error("interrupts masked");
    TAP_OK(arch_irq_is_masked(), "still masked after a line");
    arch_irq_unmask();
    uint64_t saved = arch_irq_save();
    log_error("masked by save");
    arch_irq_restore(saved);
    TAP_OK(!arch_irq_is_masked(), "unmasked again");
    log_error("no mask");
    TAP_OK(!arch_irq_is_masked(), "still unmasked after a line");
    TAP_EQ(log_lost_count(), lost, "no line was lost");
}

/* What a line costs its writer does not depend on the UART:
 * a full ring or an empty one, it never waits. */
static void log_cost(void) {
    uint64_t most = 0;
    drain();
    for (unsigned i = 0; i < 20; i++) {
        instant_t begin = time_now();
        log_error("a line of %u numbers and a text: %u %s", 2, i, "text");
        uint64_t took = instant_since(time_now(), begin).ticks;
        most = took > most ? took : most;
    }
    if (test_is_exact()) {
        TAP_OK(most < CALL_LIMIT, "a line costs its writer little");
        record_number("log_call_max", most);
    }
    if (log_threshold < LOG_LEVEL_TRACE && test_is_exact()) {
        instant_t begin = time_now();
        log_trace("not at this level %u", 1);
        uint64_t took = instant_since(time_now(), begin).ticks;
        TAP_OK(took < 100, "and a line below the level next to nothing");
    }
}

/* While the log's thread feeds the UART, higher threads wake up on time:
 * it does not mask while it waits. */
static void log_delays_nobody(void) {
    uint64_t latest = 0;
    unsigned early = 0;
    drain();
    flood();
    for (unsigned i = 0; i < 300; i++) {
        instant_t when = time_after(time_ticks(3000 + i % 89));
        thread_sleep_until(when);
        instant_t now = time_now();
        uint64_t late = instant_since(now, when).ticks;
        early += instant_before(now, when);
        latest = late > latest ? late : latest;
    }
    TAP_EQ(early, 0, "never early");
    if (test_is_exact()) {
        TAP_OK(latest <= LATE_LIMIT, "late by little while the UART is fed");
        record_number("log_late_max", latest);
    }
    drain();
}

static void logs(void *argument) {
    const char *who = argument;
    for (unsigned i = 0; i < 20; i++) {
        log_error("%s says %u", who, i);
        thread_sleep_ticks(7000);
    }
}

static void log_of_many(void) {
    static const unsigned priorities[] = {MAIN + 2, MAIN + 1, MAIN - 1, 2};
    static char names[] = "abcd";
    thread_id_t ids[ARRAY_SIZE(priorities)];
    drain(); /* then all of it fits, whether anybody reads meanwhile or not */
    uint64_t lost = log_lost_count();
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        ids[i] = test_spawn(logs, &names[i], priorities[i]);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        test_join(ids[i]);
    }
    TAP_EQ(log_lost_count(), lost, "threads of all priorities log at once, and nothing is lost");
}

static const struct test_case log_cases[] = {
    {"log_any_context", log_any_context, TEST_ALWAYS},
    {"log_cost", log_cost, TEST_ALWAYS},
    {"log_overflow", log_overflow, TEST_ALWAYS},
    {"log_delays_nobody", log_delays_nobody, TEST_EXACT},
    {"log_of_many", log_of_many, TEST_ALWAYS},
};
TEST_GROUP(log);
