/* SPDX-License-Identifier: MIT */
/* Results, helper threads and the trace: what all cases share. */
#include "tests/qemu/harness.h"

#include "arch/cpu.h"
#include "kernel/app.h"
#include "lib/string.h"
#include "tests/qemu/output.h"
#include "tests/qemu/runner.h"

#define TRACE_MAX 127

static unsigned results;
static unsigned failures;

static char trace[TRACE_MAX + 1];
static unsigned trace_length;

/* Every failure comes by here: ./genrt replay stops at its first instruction. */
NOINLINE static void tap_failed(void) {
    failures++;
}

static void tap_line(bool passed, const char *description) {
    results++;
    if (!passed) {
        tap_failed();
    }
    output_begin();
    output_text(passed ? "ok " : "not ok ");
    output_number((int64_t)results);
    output_text(" - ");
    output_text(runner_case_name());
    output_text(": ");
    output_text(description);
    output_end();
}

static void tap_detail(const char *place, const char *expression) {
    output_begin();
    output_text("# ");
    output_text(place);
    output_text(": ");
    output_text(expression);
}

bool tap_ok(bool passed, const char *description, const char *place, const char *condition) {
    tap_line(passed, description);
    if (!passed) {
        tap_detail(place, condition);
        output_end();
    }
    return passed;
}

bool tap_equal(int64_t actual, int64_t expected, const char *description, const char *place,
               const char *expression) {
    tap_line(actual == expected, description);
    if (actual != expected) {
        tap_detail(place, expression);
        output_text(" is ");
        output_number(actual);
        output_text(", expected ");
        output_number(expected);
        output_end();
    }
    return actual == expected;
}

bool tap_text(const char *actual, const char *expected, const char *description,
              const char *place) {
    bool same = strcmp(actual, expected) == 0;
    tap_line(same, description);
    if (!same) {
        tap_detail(place, "'");
        output_text(actual);
        output_text("', expected '");
        output_text(expected);
        output_text("'");
        output_end();
    }
    return same;
}

void record_text(const char *name, const char *value) {
    output_begin();
    output_text("record ");
    output_text(name);
    output_text(" ");
    output_text(value);
    output_end();
}

bool test_has(bool has, const char *need) {
    if (!has) {
        record_text("skipped", need);
    }
    return has;
}

void record_number(const char *name, uint64_t value) {
    output_begin();
    output_text("record ");
    output_text(name);
    output_text(" ");
    output_number((int64_t)value);
    output_end();
}

unsigned tap_finish(void) {
    output_begin();
    output_text("1..");
    output_number((int64_t)results);
    output_end();
    return failures == 0 && results > 0 ? 0 : 1;
}

void test_give_up(void) {
    app_exit(tap_finish());
}

static thread_id_t test_spawn_policy(thread_entry entry, void *argument, unsigned priority,
                                     enum thread_policy policy) {
    struct thread_attributes attributes = {
        .name = "helper", .priority = (uint8_t)priority, .policy = (uint8_t)policy};
    thread_id_t id = THREAD_ID_NONE;
    status_t status = thread_spawn(entry, argument, &attributes, &id);
    TAP_REQUIRE(status == STATUS_OK, "a helper thread is spawned");
    return id;
}

thread_id_t test_spawn(thread_entry entry, void *argument, unsigned priority) {
    return test_spawn_policy(entry, argument, priority, THREAD_FIFO);
}

thread_id_t test_spawn_round_robin(thread_entry entry, void *argument, unsigned priority) {
    return test_spawn_policy(entry, argument, priority, THREAD_ROUND_ROBIN);
}

int64_t test_join(thread_id_t id) {
    int64_t code = INT64_MIN;
    status_t status = thread_join(id, &code);
    TAP_REQUIRE(status == STATUS_OK, "a helper thread is joined");
    return code;
}

bool test_is_exact(void) {
    return time_frequency_hz() == 1000000000;
}

static void ends(void *argument) {
    (void)argument;
}

void test_settle(void) {
    thread_sleep_us(test_is_exact() ? 100 : 20000);
    if (!test_is_exact()) {
        /* The host may have given all that time to others. The least urgent thread is another
         * measure: when it has run, nobody else was ready. */
        test_join(test_spawn(ends, NULL, THREAD_PRIORITY_MIN));
    }
}

void test_spin_until(instant_t when) {
    while (instant_before(time_now(), when)) {
    }
}

void trace_clear(void) {
    trace_length = 0;
    trace[0] = '\0';
}

void trace_add(char letter) {
    uint64_t saved = arch_irq_save();
    if (trace_length < TRACE_MAX) {
        trace[trace_length++] = letter;
        trace[trace_length] = '\0';
    }
    arch_irq_restore(saved);
}

const char *trace_text(void) {
    return trace;
}
