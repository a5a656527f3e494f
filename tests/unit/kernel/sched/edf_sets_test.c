/* SPDX-License-Identifier: MIT */
/*
 * Random sets of periodic threads that run by deadline in the kernel itself, where its own work takes
 * no time: sets that admission_check() admits miss nothing, and what it refuses does miss, for all
 * are released together, which is the worst case that it reckons with.
 */
#include "kernel/sched/admission.h"
#include "kernel/sched/periodic.h"
#include "lib/random.h"
#include "tests/unit/kernel/scenario.h"

#define SETS      300
#define TASKS_MAX 6
#define START     1000
#define HYPER     UINT64_C(4000) /* all periods divide it */
#define LEVEL     (CONFIG_MAIN_PRIORITY - 1)

static struct admission_task tasks[TASKS_MAX];
static unsigned count;
static uint64_t misses, jobs;

static void works(void *argument) {
    const struct admission_task *task = argument;
    struct periodic_state state;
    const struct periodic_attributes attributes = {
        .first = {START},
        .period = task->period,
        .deadline = {task->deadline.ticks +
                     1}, /* who ends in the tick of its deadline is in time */
        .by_deadline = true};
    EXPECT_EQ(periodic_begin(&attributes), STATUS_OK);
    do {
        EXPECT_EQ(periodic_wait(NULL), STATUS_OK);
        EXPECT_EQ(periodic_state(thread_self(), &state), STATUS_OK);
        hosted_step(task->execution.ticks);
    } while (state.release.ticks < START + 2 * HYPER);
    EXPECT_EQ(periodic_wait(NULL), STATUS_OK);
    EXPECT_EQ(periodic_state(thread_self(), &state), STATUS_OK);
    misses += state.misses;
    jobs += state.jobs;
}

static void play_set(void *unused) {
    thread_id_t ids[TASKS_MAX];
    (void)unused;
    for (unsigned i = 0; i < count; i++) {
        ids[i] = spawn(works, &tasks[i], LEVEL);
    }
    for (unsigned i = 0; i < count; i++) {
        EXPECT_EQ(thread_join(ids[i], NULL), STATUS_OK);
    }
}

/* Shares of a CPU used between 60 and 110 percent. */
static void draw(struct random *dice) {
    static const uint64_t periods[] = {100, 200, 250, 400, 500, 800, 1000, 2000, 4000};
    uint64_t left = random_between(dice, 600, 1100);
    count = (unsigned)random_between(dice, 2, TASKS_MAX);
    for (unsigned i = 0; i < count; i++) {
        uint64_t share = i + 1 == count ? left : random_below(dice, left * 2 / (count - i));
        left -= share;
        uint64_t period = periods[random_below(dice, ARRAY_SIZE(periods))];
        uint64_t execution = period * share / 1000;
        execution = execution == 0 ? 1 : execution > period ? period : execution;
        uint64_t deadline =
            random_below(dice, 2) ? period : random_between(dice, execution, period);
        tasks[i] = (struct admission_task){.period = {period},
                                           .deadline = {deadline},
                                           .execution = {execution},
                                           .priority = LEVEL,
                                           .order = ADMISSION_EDF};
    }
}

TEST(what_is_admitted_misses_nothing_and_what_is_refused_does) {
    const struct admission_costs none = {.release = {0}};
    unsigned admitted = 0;
    unsigned late = 0;
    unsigned missed = 0;
    uint64_t all_jobs = 0;
    struct random dice;
    random_init(&dice, test_seed());
    for (unsigned set = 0; set < SETS; set++) {
        struct admission_result result;
        draw(&dice);
        status_t status = admission_check(tasks, count, &none, ADMISSION_ENFORCE, &result);
        misses = 0;
        jobs = 0;
        run(play_set);
        all_jobs += jobs;
        if (status == STATUS_OK) {
            admitted++;
            EXPECT_EQ(misses, 0);
        } else {
            EXPECT_EQ(status, STATUS_NOT_ADMITTED);
            late += result.verdict == ADMISSION_LATE;
            missed += misses != 0; /* of those that were not decided, too, most do */
            EXPECT(misses != 0 || result.verdict == ADMISSION_UNDECIDED);
        }
    }
    EXPECT(admitted > SETS / 5);
    EXPECT(late > SETS / 10);
    EXPECT(missed > SETS / 5);
    EXPECT(all_jobs > 10000);
}
