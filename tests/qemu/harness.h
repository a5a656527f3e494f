/* SPDX-License-Identifier: MIT */
/*
 * The selftest image's frame: cases in tables by room, picked by `case=NAME` in the boot arguments,
 * judged by what they print. Only records count: TAP lines, and `record NAME VALUE...` for facts
 * that must be the same in every exact run. They are written to the console at once, not through
 * the log.
 *
 * A case runs in the thread "main" at CONFIG_MAIN_PRIORITY, and only main reports: its
 * helpers leave facts in memory or in the trace below. A watchdog of the highest priority
 * ends a case that hangs.
 */
#ifndef TESTS_QEMU_HARNESS_H
#define TESTS_QEMU_HARNESS_H

#include "config.h"
#include "kernel/sched/thread.h"
#include "lib/assert.h"

enum test_kind {
    TEST_ALWAYS,
    TEST_EXACT, /* its steps are so close in time that only exact time keeps their order */
    TEST_ALONE, /* stops the machine, or fills the console: in no group, only by its name */
};

struct test_case {
    const char *name;
    void (*run)(void);
    enum test_kind kind;
};

struct test_group {
    const char *name;
    const struct test_case *cases;
    unsigned count;
};

#define TEST_GROUP(group)                                                                          \
    const struct test_group group##_group = {#group, group##_cases, ARRAY_SIZE(group##_cases)}

/* --- Results. Thread main only. --- */

#define TAP_OK(condition, description)                                                             \
    tap_ok((condition), (description), __FILE__ ":" STRINGIFY(__LINE__), #condition)
#define TAP_EQ(actual, expected, description)                                                      \
    tap_equal((int64_t)(actual), (int64_t)(expected), (description),                               \
              __FILE__ ":" STRINGIFY(__LINE__), #actual)
#define TAP_TEXT(actual, expected, description)                                                    \
    tap_text((actual), (expected), (description), __FILE__ ":" STRINGIFY(__LINE__))

/* Each writes one TAP line and, if it is a failure, what was seen; tells whether it passed. */
bool tap_ok(bool passed, const char *description, const char *place, const char *condition);
bool tap_equal(int64_t actual, int64_t expected, const char *description, const char *place,
               const char *expression);
bool tap_text(const char *actual, const char *expected, const char *description, const char *place);

/* Writes `record NAME VALUE`. */
void record_number(const char *name, uint64_t value);
void record_text(const char *name, const char *value);

/* For what every later step of a case builds on: a failure ends the run. */
#define TAP_REQUIRE(condition, description)                                                        \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            TAP_OK(false, description);                                                            \
            test_give_up();                                                                        \
        }                                                                                          \
    } while (0)
NORETURN void test_give_up(void);

/* What a case needs of config.h beyond the bottom of the ranges, or how much it can use. Otherwise the
 * case ends with a record of that, which fails the run unless it is one at such values. */
#define TEST_NEEDS(condition)                                                                      \
    do {                                                                                           \
        if (!test_has((condition), #condition)) {                                                  \
            return;                                                                                \
        }                                                                                          \
    } while (0)
bool test_has(bool has, const char *need);

/* --- Helper threads. --- */

/* Spawns a FIFO thread, or a round-robin one; a failure ends the run. */
thread_id_t test_spawn(thread_entry entry, void *argument, unsigned priority);
thread_id_t test_spawn_round_robin(thread_entry entry, void *argument, unsigned priority);

/* Joins; anything but OK fails the case. Returns the exit code. */
int64_t test_join(thread_id_t id);

/* Whether time is exact: a tick is an instruction, and limits in instructions mean something. */
bool test_is_exact(void);

/* Sleeps so long that every other thread has come to its wait or its end. A helper that never
 * waits is only for cases of the kind TEST_EXACT. */
void test_settle(void);

/* Runs, without giving way, until the counter reaches `when`. */
void test_spin_until(instant_t when);

/* --- The trace: who was where in which order, a letter each. Any thread. --- */

void trace_clear(void);
void trace_add(char letter);
const char *trace_text(void);

#endif
