/* SPDX-License-Identifier: MIT */
/* Admission: sets whose answers are known, every refusal, and small sets against a search through
 * all moments. */
#include "kernel/sched/admission.h"

#include "config.h"
#include "tests/unit/test.h"

static const struct admission_costs free_of_charge;
static struct admission_result result;

static struct admission_task fixed(uint64_t execution, uint64_t period, uint64_t deadline,
                                   uint8_t priority) {
    return (struct admission_task){
        .period = {period}, .deadline = {deadline}, .execution = {execution}, .priority = priority};
}

static struct admission_task edf(uint64_t execution, uint64_t period, uint64_t deadline,
                                 uint8_t priority) {
    struct admission_task task = fixed(execution, period, deadline, priority);
    task.order = ADMISSION_EDF;
    return task;
}

static status_t check(const struct admission_task *tasks, uint32_t count) {
    return admission_check(tasks, count, &free_of_charge, ADMISSION_ENFORCE, &result);
}

#define EXPECT_ADMITTED(tasks, which, spare)                                                       \
    do {                                                                                           \
        EXPECT_EQ(check(tasks, ARRAY_SIZE(tasks)), STATUS_OK);                                     \
        EXPECT_EQ(result.verdict, ADMISSION_ADMITTED);                                             \
        EXPECT_EQ(result.task, which);                                                             \
        EXPECT_EQ(result.margin, spare);                                                           \
    } while (0)

#define EXPECT_LATE(tasks, which, missing)                                                         \
    do {                                                                                           \
        EXPECT_EQ(check(tasks, ARRAY_SIZE(tasks)), STATUS_NOT_ADMITTED);                           \
        EXPECT_EQ(result.verdict, ADMISSION_LATE);                                                 \
        EXPECT_EQ(result.task, which);                                                             \
        EXPECT_EQ(result.margin, -(missing));                                                      \
    } while (0)

/* --- Fixed priority --- */

/* The set of every textbook: responses 3, 6 and 20. */
TEST(fixed_known_responses) {
    struct admission_task tasks[] = {fixed(3, 7, 7, 30), fixed(3, 12, 12, 20),
                                     fixed(5, 20, 20, 10)};
    EXPECT_ADMITTED(tasks, 2, 0);
    tasks[2].deadline.ticks = 19;
    EXPECT_LATE(tasks, 2, 1);
    tasks[2].deadline.ticks = 20;
    tasks[1].deadline.ticks = 5;
    EXPECT_LATE(tasks, 1, 1);
    tasks[1].deadline.ticks = 6;
    EXPECT_ADMITTED(tasks, 1, 0);
}

/* Responses of the second: 114, 102, 116, 104, 118, 106, 94. */
TEST(fixed_deadline_behind_the_period) {
    struct admission_task tasks[] = {fixed(26, 70, 70, 2), fixed(62, 100, 118, 1)};
    EXPECT_ADMITTED(tasks, 1, 0);
    tasks[1].deadline.ticks = 117;
    EXPECT_LATE(tasks, 1, 1);
}

TEST(fixed_blocking_and_jitter) {
    struct admission_task tasks[] = {fixed(3, 7, 7, 30), fixed(3, 12, 12, 20)};
    tasks[0].blocking.ticks = 4;
    EXPECT_ADMITTED(tasks, 0, 0);
    tasks[0].blocking.ticks = 5;
    EXPECT_LATE(tasks, 0, 1);
    tasks[0].blocking.ticks = 0;
    /* Two releases of the first within the second's window, the first of them late: 3 + 3 + 3. */
    tasks[0].jitter.ticks = 2;
    EXPECT_ADMITTED(tasks, 0, 2);
    tasks[1].deadline.ticks = 9;
    EXPECT_ADMITTED(tasks, 1, 0);
    tasks[1].jitter.ticks = 1;
    EXPECT_LATE(tasks, 1, 1);
}

/* Those of one level wait for each other. */
TEST(fixed_level_shared) {
    struct admission_task tasks[] = {fixed(3, 20, 7, 5), fixed(4, 20, 7, 5)};
    EXPECT_ADMITTED(tasks, 0, 0);
    tasks[0].deadline.ticks = 6;
    EXPECT_LATE(tasks, 0, 1);
}

/* --- EDF --- */

TEST(edf_full_load_is_admitted) {
    struct admission_task tasks[] = {edf(2, 4, 4, 9), edf(3, 6, 6, 9)};
    EXPECT_ADMITTED(tasks, ADMISSION_NO_TASK, 0);
    tasks[1].execution.ticks = 4;
    EXPECT_EQ(check(tasks, 2), STATUS_NOT_ADMITTED);
}

/* 5 are due by the moment 5; with one more, or a moment earlier, that is too much. */
TEST(edf_short_deadlines) {
    struct admission_task tasks[] = {edf(2, 10, 4, 9), edf(3, 10, 5, 9)};
    EXPECT_ADMITTED(tasks, ADMISSION_NO_TASK, 0);
    tasks[0].execution.ticks = 3;
    EXPECT_LATE(tasks, 1, 1);
    tasks[0].execution.ticks = 2;
    tasks[1].jitter.ticks = 1;
    EXPECT_LATE(tasks, 0, 1);
}

/* What blocks the first counts against its deadline, and not against that of a task it blocks. */
TEST(edf_blocking) {
    struct admission_task tasks[] = {edf(2, 10, 4, 9), edf(3, 10, 10, 9)};
    tasks[0].blocking.ticks = 2;
    EXPECT_ADMITTED(tasks, ADMISSION_NO_TASK, 0);
    tasks[0].blocking.ticks = 3;
    EXPECT_LATE(tasks, 0, 1);
    tasks[0].blocking.ticks = 0;
    tasks[1].blocking.ticks = 5;
    EXPECT_ADMITTED(tasks, ADMISSION_NO_TASK, 0);
    tasks[1].blocking.ticks = 6;
    EXPECT_LATE(tasks, 1, 1);
}

TEST(edf_below_a_level_of_fixed_priority) {
    struct admission_task tasks[] = {fixed(5, 10, 10, 20), edf(2, 20, 10, 9), edf(3, 20, 10, 9)};
    EXPECT_ADMITTED(tasks, 0, 5);
    tasks[2].execution.ticks = 4;
    EXPECT_LATE(tasks, 1, 1);
    tasks[1].deadline.ticks = tasks[2].deadline.ticks = 16;
    EXPECT_ADMITTED(tasks, 0, 5);
}

/* For those below, an EDF task is one that comes each period. */
TEST(fixed_below_an_edf_level) {
    struct admission_task tasks[] = {edf(2, 5, 5, 9), edf(2, 10, 10, 9), fixed(2, 20, 10, 3)};
    EXPECT_ADMITTED(tasks, 2, 2);
    tasks[2].execution.ticks = 5;
    EXPECT_LATE(tasks, 2, 1);
}

/* --- The kernel's own costs --- */

TEST(costs_of_each_job) {
    struct admission_costs costs = {.release = {1}, .finish = {2}, .masked = {4}};
    struct admission_task tasks[] = {fixed(3, 20, 20, 2), fixed(3, 20, 20, 1)};
    EXPECT_EQ(admission_check(tasks, 2, &costs, ADMISSION_ENFORCE, &result), STATUS_OK);
    EXPECT_EQ(result.task, 1);
    EXPECT_EQ(result.margin, 20 - (4 + 6 + 6));
    tasks[0].deadline.ticks = 10;
    EXPECT_EQ(admission_check(tasks, 2, &costs, ADMISSION_ENFORCE, &result), STATUS_OK);
    EXPECT_EQ(result.margin, 0); /* the second's release costs the first nothing, ... */
    costs.release_below.ticks = 1;
    EXPECT_EQ(admission_check(tasks, 2, &costs, ADMISSION_ENFORCE, &result), STATUS_NOT_ADMITTED);
    EXPECT_EQ(result.task, 0); /* ... unless releases interrupt whatever runs */
    EXPECT_EQ(result.margin, -1);
}

/* A release that is not due interrupts all the same; only its end does not count. */
TEST(costs_of_edf_peers) {
    struct admission_costs costs = {.release = {1}, .finish = {2}, .masked = {4}};
    struct admission_task tasks[] = {edf(3, 100, 11, 9), edf(30, 100, 100, 9)};
    EXPECT_EQ(admission_check(tasks, 2, &costs, ADMISSION_ENFORCE, &result), STATUS_OK);
    tasks[0].deadline.ticks = 10;
    EXPECT_EQ(admission_check(tasks, 2, &costs, ADMISSION_ENFORCE, &result), STATUS_NOT_ADMITTED);
    EXPECT_EQ(result.margin, -1);
}

/* The second job's release comes while the first runs, and is in its way: 5 of 20. */
TEST(costs_of_own_next_release) {
    struct admission_costs costs = {.release = {5}, .release_below = {5}};
    struct admission_task tasks[] = {fixed(10, 20, 40, 1), fixed(3, 100, 100, 2)};
    EXPECT_EQ(admission_check(tasks, 2, &costs, ADMISSION_ENFORCE, &result), STATUS_OK);
    EXPECT_EQ(result.task, 0);
    EXPECT_EQ(result.margin, 40 - (15 + 8 + 5));
}

/* --- Policies, limits and what makes no sense --- */

TEST(policies) {
    struct admission_task late = fixed(5, 10, 4, 1);
    EXPECT_EQ(admission_check(&late, 1, &free_of_charge, ADMISSION_ENFORCE, &result),
              STATUS_NOT_ADMITTED);
    EXPECT_EQ(admission_check(&late, 1, &free_of_charge, ADMISSION_WARN, &result), STATUS_OK);
    EXPECT_EQ(result.verdict, ADMISSION_LATE);
    EXPECT_EQ(result.margin, -1);
    EXPECT_EQ(admission_check(NULL, 1000000, NULL, ADMISSION_OFF, &result), STATUS_OK);
    EXPECT_EQ(result.verdict, ADMISSION_UNCHECKED);
    EXPECT_EQ(admission_check(&late, 1, &free_of_charge, (enum admission_policy)3, &result),
              STATUS_INVALID_ARGUMENT);
}

TEST(none_is_admitted) {
    EXPECT_EQ(check(NULL, 0), STATUS_OK);
    EXPECT_EQ(result.verdict, ADMISSION_ADMITTED);
    EXPECT_EQ(result.task, ADMISSION_NO_TASK);
}

TEST(more_than_a_period_is_late) {
    struct admission_task tasks[] = {fixed(1, 10, 10, 1), fixed(11, 10, 100, 1)};
    EXPECT_LATE(tasks, 1, 1);
}

TEST(no_sense_is_told_by_task) {
    static const struct {
        struct admission_task task;
        status_t status;
    } cases[] = {
        {{.period = {0}, .deadline = {1}, .execution = {1}}, STATUS_INVALID_ARGUMENT},
        {{.period = {1}, .deadline = {0}, .execution = {1}}, STATUS_INVALID_ARGUMENT},
        {{.period = {1}, .deadline = {1}, .execution = {0}}, STATUS_INVALID_ARGUMENT},
        {{.period = {1}, .deadline = {1}, .execution = {1}, .order = 2}, STATUS_INVALID_ARGUMENT},
        {{.period = {1}, .deadline = {1}, .execution = {1}, .priority = 7, .order = 1},
         STATUS_INVALID_ARGUMENT},
        {{.period = {1}, .deadline = {1}, .execution = {1}, .priority = 64}, STATUS_OUT_OF_RANGE},
        {{.period = {ADMISSION_TICKS_MAX}, .deadline = {1}, .execution = {1}}, STATUS_OUT_OF_RANGE},
        {{.period = {1}, .deadline = {ADMISSION_TICKS_MAX}, .execution = {1}}, STATUS_OUT_OF_RANGE},
        {{.period = {1}, .deadline = {1}, .execution = {UINT64_MAX}}, STATUS_OUT_OF_RANGE},
        {{.period = {1}, .deadline = {1}, .execution = {1}, .blocking = {UINT64_MAX}},
         STATUS_OUT_OF_RANGE},
        {{.period = {1}, .deadline = {1}, .execution = {1}, .jitter = {UINT64_MAX}},
         STATUS_OUT_OF_RANGE},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct admission_task tasks[] = {fixed(1, 100, 100, 7), cases[i].task};
        EXPECT_EQ(check(tasks, 2), cases[i].status);
        EXPECT_EQ(result.verdict, ADMISSION_UNCHECKED);
        EXPECT_EQ(result.task, 1);
    }
}

TEST(costs_out_of_range) {
    struct admission_task task = fixed(1, 100, 100, 7);
    struct admission_costs wrong[] = {
        {.release = {ADMISSION_TICKS_MAX}},
        {.finish = {ADMISSION_TICKS_MAX}},
        {.masked = {ADMISSION_TICKS_MAX}},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        EXPECT_EQ(admission_check(&task, 1, &wrong[i], ADMISSION_WARN, &result),
                  STATUS_OUT_OF_RANGE);
        EXPECT_EQ(result.task, ADMISSION_NO_TASK);
    }
    struct admission_costs below = {.release = {1}, .release_below = {2}};
    EXPECT_EQ(admission_check(&task, 1, &below, ADMISSION_WARN, &result), STATUS_INVALID_ARGUMENT);
    struct admission_costs masked = {.release = {5}, .release_below = {2}, .masked = {2}};
    EXPECT_EQ(admission_check(&task, 1, &masked, ADMISSION_WARN, &result), STATUS_INVALID_ARGUMENT);
    masked.masked.ticks = 3;
    EXPECT_EQ(admission_check(&task, 1, &masked, ADMISSION_WARN, &result), STATUS_OK);
}

TEST(count_has_a_limit) {
    struct admission_task tasks[CONFIG_ADMISSION_TASKS + 1];
    for (unsigned i = 0; i < ARRAY_SIZE(tasks); i++) {
        tasks[i] = fixed(1, 1000, 1000, (uint8_t)(i % 64));
    }
    EXPECT_EQ(check(tasks, CONFIG_ADMISSION_TASKS), STATUS_OK);
    EXPECT_EQ(result.margin, 1000 - CONFIG_ADMISSION_TASKS);
    EXPECT_EQ(check(tasks, CONFIG_ADMISSION_TASKS + 1), STATUS_OUT_OF_RANGE);
}

/* A step forward is as short as the first's period: there are more than there are turns. */
TEST(out_of_turns_is_refused) {
    struct admission_task tasks[] = {fixed(1, 2, 2, 2), fixed(100000, 1000000, 1000000, 1)};
    EXPECT_EQ(check(tasks, 2), STATUS_OK); /* each step halves what is missing */
    tasks[1] = fixed(1, ADMISSION_TICKS_MAX - 1, ADMISSION_TICKS_MAX - 1, 1);
    struct admission_task full[] = {fixed(1, 2, 2, 3), fixed(1, 2, 4, 2), tasks[1]};
    EXPECT_EQ(check(full, 3), STATUS_NOT_ADMITTED);
    EXPECT_EQ(result.verdict, ADMISSION_UNDECIDED);
    EXPECT_EQ(result.task, 2);
    EXPECT_EQ(result.margin, 0);
}

/* Two tasks that each take all of a CPU: the busy period never ends, and leaps. */
TEST(too_far_ahead_is_refused) {
    uint64_t most = ADMISSION_TICKS_MAX - 1;
    struct admission_task tasks[] = {edf(most, most, most, 2), edf(most, most, most, 2)};
    EXPECT_EQ(check(tasks, 2), STATUS_NOT_ADMITTED);
    EXPECT_EQ(result.verdict, ADMISSION_UNDECIDED);
}

/* --- Against a search through all moments --- */

#define TASKS_MOST 5

static uint64_t come(const struct admission_task *task, uint64_t window) {
    return (window + task->jitter.ticks + task->period.ticks - 1) / task->period.ticks;
}

static uint64_t cost_of(const struct admission_costs *costs, const struct admission_task *task) {
    return task->execution.ticks + costs->release.ticks + costs->finish.ticks;
}

/* Whether `work` of one's own and what others release are done by some moment up to `end`. */
static bool done_by(const struct admission_task *tasks, unsigned count,
                    const struct admission_costs *costs, unsigned self, uint64_t work,
                    uint64_t end) {
    for (uint64_t moment = 1; moment <= end; moment++) {
        uint64_t sum = work;
        for (unsigned i = 0; i < count; i++) {
            bool is_peer = tasks[i].priority == tasks[self].priority;
            if (is_peer && tasks[self].order == ADMISSION_EDF) {
                sum += come(&tasks[i], moment) * costs->release.ticks;
            } else if (tasks[i].priority < tasks[self].priority) {
                sum += come(&tasks[i], moment) * costs->release_below.ticks;
            } else if (i != self) {
                sum += come(&tasks[i], moment) * cost_of(costs, &tasks[i]);
            }
        }
        if (sum <= moment) {
            return true;
        }
    }
    return false;
}

/* Deadlines up to the period only. */
static bool fixed_holds(const struct admission_task *tasks, unsigned count,
                        const struct admission_costs *costs, unsigned self) {
    const struct admission_task *task = &tasks[self];
    uint64_t work = task->blocking.ticks + costs->masked.ticks + cost_of(costs, task);
    return task->jitter.ticks < task->deadline.ticks &&
           done_by(tasks, count, costs, self, work, task->deadline.ticks - task->jitter.ticks);
}

/* Every length up to `horizon`, whether or not anything is due just then. */
static bool edf_holds(const struct admission_task *tasks, unsigned count,
                      const struct admission_costs *costs, unsigned self, uint64_t horizon) {
    for (uint64_t length = 0; length <= horizon; length++) {
        uint64_t demand = 0;
        uint64_t blocking = 0;
        for (unsigned i = 0; i < count; i++) {
            const struct admission_task *task = &tasks[i];
            uint64_t since = length + task->jitter.ticks;
            if (task->priority == tasks[self].priority && since >= task->deadline.ticks) {
                demand += ((since - task->deadline.ticks) / task->period.ticks + 1) *
                          (task->execution.ticks + costs->finish.ticks);
                blocking = task->blocking.ticks > blocking ? task->blocking.ticks : blocking;
            }
        }
        if (demand != 0 &&
            !done_by(tasks, count, costs, self, demand + blocking + costs->masked.ticks, length)) {
            return false;
        }
    }
    return true;
}

/* Periods divide 120. Short deadlines, or for EDF also longer ones. */
static void make_task(struct random *random, struct admission_task *task, uint8_t priority,
                      bool is_edf) {
    static const uint8_t periods[] = {10, 12, 15, 20, 24, 30, 40, 60};
    uint64_t period = periods[random_below(random, ARRAY_SIZE(periods))];
    uint64_t most = is_edf ? 2 * period : period;
    *task = fixed(random_between(random, 1, period / 4), period,
                  random_between(random, period / 3, most), priority);
    task->order = is_edf ? ADMISSION_EDF : ADMISSION_FIXED;
    task->jitter.ticks = random_below(random, 3) == 0 ? random_below(random, 4) : 0;
    task->blocking.ticks = random_below(random, 3) == 0 ? random_below(random, 4) : 0;
}

static bool all_hold(const struct admission_task *tasks, unsigned count,
                     const struct admission_costs *costs) {
    for (unsigned i = 0; i < count; i++) {
        uint64_t cost = cost_of(costs, &tasks[i]);
        if (cost > tasks[i].period.ticks ||
            cost + tasks[i].jitter.ticks > tasks[i].deadline.ticks) {
            return false;
        }
        bool holds = tasks[i].order == ADMISSION_EDF ? edf_holds(tasks, count, costs, i, 400)
                                                     : fixed_holds(tasks, count, costs, i);
        if (!holds) {
            return false;
        }
    }
    return true;
}

TEST(small_sets_against_a_search) {
    struct random random = test_random();
    unsigned admitted = 0;
    unsigned late = 0;
    for (unsigned round = 0; round < 4000; round++) {
        struct admission_task tasks[TASKS_MOST];
        unsigned count = (unsigned)random_between(&random, 1, TASKS_MOST);
        struct admission_costs costs = {{random_below(&random, 2)},
                                        {0},
                                        {random_below(&random, 2)},
                                        {random_below(&random, 3)}};
        costs.release_below.ticks = random_below(&random, costs.release.ticks + 1);
        costs.masked.ticks += costs.release.ticks - costs.release_below.ticks;
        uint64_t edf_levels = random_below(&random, 8); /* a bit for each level */
        for (unsigned i = 0; i < count; i++) {
            uint8_t level = (uint8_t)random_below(&random, 3);
            make_task(&random, &tasks[i], level, (edf_levels >> level & 1) != 0);
        }
        bool holds = all_hold(tasks, count, &costs);
        status_t status = admission_check(tasks, count, &costs, ADMISSION_ENFORCE, &result);
        if (result.verdict == ADMISSION_UNDECIDED) {
            continue; /* a busy period without end; the search looked at a part of it */
        }
        EXPECT_EQ(status == STATUS_OK, holds);
        admitted += holds;
        late += !holds;
    }
    EXPECT(admitted > 500);
    EXPECT(late > 500);
}
