/* SPDX-License-Identifier: MIT */
/* Admission of as many tasks as there may be, with numbers that are brought together so slowly that
 * the turns run out. */
#include "kernel/sched/admission.h"

#include "config.h"
#include "lib/string.h"
#include "tests/evidence/evidence.h"

#define LAST (CONFIG_ADMISSION_TASKS - 1)

static const struct admission_costs costs = {
    .release = {2}, .release_below = {1}, .finish = {1}, .masked = {1}};
static struct admission_task tasks[CONFIG_ADMISSION_TASKS];
static struct admission_result result;

static void tasks_fill(uint64_t execution, uint64_t period, uint8_t priority, uint8_t order) {
    for (unsigned i = 0; i < CONFIG_ADMISSION_TASKS; i++) {
        tasks[i] = (struct admission_task){.period = {period},
                                           .deadline = {period},
                                           .execution = {execution},
                                           .priority = priority,
                                           .order = order};
    }
}

static void run_out(const char *what) {
    status_t status =
        admission_check(tasks, CONFIG_ADMISSION_TASKS, &costs, ADMISSION_ENFORCE, &result);
    TAP_EQ(status, STATUS_NOT_ADMITTED, what);
    TAP_EQ(result.verdict, ADMISSION_UNDECIDED, "for the turns ran out");
}

/* All tasks but one take all there is, and that one's window grows by a period in each turn. */
static void admission_fixed(void) {
    tasks_fill(1, 4 * LAST, 2, ADMISSION_FIXED);
    tasks[0].period.ticks = tasks[0].deadline.ticks = ADMISSION_TICKS_MAX - 1;
    tasks[0].priority = 1;
    run_out("refused");
}

/* The same of an EDF level's busy period. */
static void admission_edf(void) {
    tasks_fill(1, 4 * LAST, 2, ADMISSION_EDF);
    tasks[LAST].period.ticks = tasks[LAST].deadline.ticks = ADMISSION_TICKS_MAX - 1;
    run_out("refused: a busy period without end");
}

static void admission_admitted(void) {
    tasks_fill(1, 100000, 2, ADMISSION_EDF);
    status_t status =
        admission_check(tasks, CONFIG_ADMISSION_TASKS, &costs, ADMISSION_ENFORCE, &result);
    TAP_EQ(status, STATUS_OK, "admitted");
    TAP_EQ(result.task, ADMISSION_NO_TASK, "none is of fixed priority");
    tasks[0].deadline.ticks = 255;
    status = admission_check(tasks, CONFIG_ADMISSION_TASKS, &costs, ADMISSION_ENFORCE, &result);
    TAP_EQ(status, STATUS_OK, "admitted with a short deadline");
    tasks[0].deadline.ticks = 1;
    status = admission_check(tasks, CONFIG_ADMISSION_TASKS, &costs, ADMISSION_WARN, &result);
    TAP_EQ(status, STATUS_OK, "late, and warned of");
    TAP_EQ(result.task, 0, "the first is late");
}

static void expect(uint32_t count, status_t expected, uint32_t task, const char *what) {
    TAP_EQ(admission_check(tasks, count, &costs, ADMISSION_ENFORCE, &result), expected, what);
    TAP_EQ(result.task, task, "and the task is told");
}

/* Three levels, EDF in the middle; and windows of several jobs. */
static void admission_levels(void) {
    expect(0, STATUS_OK, ADMISSION_NO_TASK, "none");
    tasks_fill(5, 100, 2, ADMISSION_EDF);
    tasks[0] = (struct admission_task){{20}, {20}, {2}, {1}, {2}, 3, ADMISSION_FIXED};
    tasks[3] = (struct admission_task){{200}, {150}, {30}, {0}, {0}, 1, ADMISSION_FIXED};
    tasks[1].deadline.ticks = 30;
    tasks[2].blocking.ticks = 3;
    expect(4, STATUS_OK, 0, "admitted");
    tasks[1].deadline.ticks = 15;
    expect(4, STATUS_NOT_ADMITTED, 1, "late, for what is above");
    tasks[1].deadline.ticks = 30;
    tasks[3].execution.ticks = 120;
    expect(4, STATUS_NOT_ADMITTED, 3, "late, at the bottom");
    tasks_fill(23, 70, 2, ADMISSION_FIXED);
    tasks[1] = (struct admission_task){{100}, {118}, {56}, {0}, {0}, 1, ADMISSION_FIXED};
    expect(2, STATUS_OK, 1, "a deadline behind the period");
    uint64_t far = ADMISSION_TICKS_MAX / 4;
    tasks[0].period.ticks = far - 1;
    tasks[1] =
        (struct admission_task){{far}, {4 * far - 1}, {far - 3}, {0}, {0}, 1, ADMISSION_FIXED};
    expect(2, STATUS_NOT_ADMITTED, 1, "a window without end");
    TAP_EQ(result.verdict, ADMISSION_UNDECIDED, "which leaves what is looked at");
}

/* Each answer that comes before anything is decided. */
static void admission_refused(void) {
    tasks_fill(1, 100000, 2, ADMISSION_FIXED);
    status_t status =
        admission_check(tasks, CONFIG_ADMISSION_TASKS, &costs, ADMISSION_OFF, &result);
    TAP_EQ(status, STATUS_OK, "not looked at");
    status = admission_check(tasks, CONFIG_ADMISSION_TASKS + 1, &costs, ADMISSION_WARN, &result);
    TAP_EQ(status, STATUS_OUT_OF_RANGE, "too many");
    status = admission_check(tasks, 1, &costs, (enum admission_policy)9, &result);
    TAP_EQ(status, STATUS_INVALID_ARGUMENT, "no policy");
    tasks[LAST].order = ADMISSION_EDF;
    status = admission_check(tasks, CONFIG_ADMISSION_TASKS, &costs, ADMISSION_WARN, &result);
    TAP_EQ(status, STATUS_INVALID_ARGUMENT, "two orders in a level");
    tasks[LAST].order = ADMISSION_EDF + 1;
    status = admission_check(tasks, CONFIG_ADMISSION_TASKS, &costs, ADMISSION_WARN, &result);
    TAP_EQ(status, STATUS_INVALID_ARGUMENT, "no order");
    tasks[LAST].priority = 64;
    tasks[LAST].order = ADMISSION_EDF;
    expect(CONFIG_ADMISSION_TASKS, STATUS_OUT_OF_RANGE, LAST, "no priority");
    struct admission_costs wrong = {.release_below = {1}};
    status = admission_check(tasks, 1, &wrong, ADMISSION_WARN, &result);
    TAP_EQ(status, STATUS_INVALID_ARGUMENT, "a part is more than the whole");
    wrong = (struct admission_costs){.masked = {ADMISSION_TICKS_MAX}};
    status = admission_check(tasks, 1, &wrong, ADMISSION_WARN, &result);
    TAP_EQ(status, STATUS_OUT_OF_RANGE, "costs too much");
}

/* Late in each of the ways there are: more than a period, alone, by fixed priority, by EDF. */
static void admission_late(void) {
    tasks_fill(5, 12, 2, ADMISSION_FIXED);
    tasks[1].execution.ticks = 10;
    TAP_EQ(admission_check(tasks, 2, &costs, ADMISSION_ENFORCE, &result), STATUS_NOT_ADMITTED,
           "more than a period");
    tasks[1].execution.ticks = 5;
    TAP_EQ(admission_check(tasks, 2, &costs, ADMISSION_ENFORCE, &result), STATUS_NOT_ADMITTED,
           "by fixed priority");
    tasks[1].jitter.ticks = 12;
    TAP_EQ(admission_check(tasks, 2, &costs, ADMISSION_ENFORCE, &result), STATUS_NOT_ADMITTED,
           "alone");
    tasks_fill(5, 24, 2, ADMISSION_EDF);
    tasks[0].deadline.ticks = tasks[1].deadline.ticks = 15;
    TAP_EQ(admission_check(tasks, 2, &costs, ADMISSION_ENFORCE, &result), STATUS_NOT_ADMITTED,
           "by EDF");
    tasks_fill(ADMISSION_TICKS_MAX / 2, ADMISSION_TICKS_MAX - 1, 2, ADMISSION_EDF);
    TAP_EQ(admission_check(tasks, LAST, &costs, ADMISSION_ENFORCE, &result), STATUS_NOT_ADMITTED,
           "too far ahead");
}

static const struct scenario admission_scenarios[] = {
    {"admission_fixed", admission_fixed},       {"admission_edf", admission_edf},
    {"admission_admitted", admission_admitted}, {"admission_levels", admission_levels},
    {"admission_refused", admission_refused},   {"admission_late", admission_late},
};
SCENARIO_ROOM(admission);
