/* SPDX-License-Identifier: MIT */
/*
 * A set's periods divide the hyperperiod, and it runs for one: first as in the worst case (all
 * released at one moment, as late as their jitter lets them; then each when it is due), then with
 * random offsets and jitter. A job computes, and in the middle of it may hold the one lock of the
 * set. The calls of the kernel take no time here, so neither does the admission test count any.
 *
 * A set that is admitted gets more and more to compute until it is refused. If nothing in it may
 * make the test too careful (no lock, no jitter, no two of a priority, not more work than time) it
 * must then be late in the worst case; of the others a share.
 */
#include "tests/sim/tasks.h"

#include <inttypes.h>
#include <stdio.h>

#include "kernel/sched/admission.h"
#include "kernel/sched/thread.h"
#include "kernel/sync/mutex.h"
#include "lib/random.h"
#include "tests/sim/machine.h"
#include "tests/sim/world.h"

#define HYPERPERIOD    UINT64_C(5040)
#define TASKS_MOST     7
#define PERIOD_LEAST   20
#define PERIOD_MOST    252
#define FIRST_RELEASE  UINT64_C(1000)
#define LOWEST         10
#define INVARIANTS_IN  16 /* one run in so many checks the kernel's invariants all the time */
#define MAIN_PRIORITY  63
#define LATE_SHARE_MIN 80 /* percent of those just refused */

struct task {
    struct admission_task claims;
    uint64_t section; /* of the execution, with the lock held; 0: does not use it */
    uint64_t before;  /* what it computes before that */
    uint64_t offset;
};

static struct {
    struct random random;
    struct task tasks[TASKS_MOST];
    uint32_t count;
    bool has_lock, has_ceiling, has_jitter, has_equals;
    struct mutex lock;
    bool is_worst;
    uint64_t misses; /* of the run */
    uint64_t admitted, refused, late, exact, releases;
} tasks;

static uint64_t between(uint64_t low, uint64_t high) {
    return random_between(&tasks.random, low, high);
}

static bool one_in(uint64_t n) {
    return random_one_in(&tasks.random, n);
}

/* --- Sets ------------------------------------------------------------------------------------- */

static uint64_t any_period(void) {
    uint64_t period;
    do {
        period = between(PERIOD_LEAST, PERIOD_MOST);
    } while (HYPERPERIOD % period != 0);
    return period;
}

/* Shares of the CPU, in thousandths, that add up to `total`: every such choice is as likely as any
 * other, as by UUniFast. They are the lengths between so many cuts. */
static void draw_shares(uint64_t *shares, uint32_t count, uint64_t total) {
    uint64_t cuts[TASKS_MOST + 1] = {0};
    for (uint32_t i = 1; i < count; i++) {
        uint64_t cut = between(0, total);
        uint32_t place = i;
        for (; place > 1 && cuts[place - 1] > cut; place--) {
            cuts[place] = cuts[place - 1];
        }
        cuts[place] = cut;
    }
    cuts[count] = total;
    for (uint32_t i = 0; i < count; i++) {
        shares[i] = cuts[i + 1] - cuts[i];
    }
}

static void draw_task(struct task *task, uint64_t share, unsigned deadlines) {
    uint64_t period = any_period();
    uint64_t execution = period * share / 1000;
    execution = execution == 0 ? 1 : execution;
    uint64_t low = deadlines == 1 ? (execution > period / 2 ? execution : period / 2) : period;
    uint64_t deadline =
        deadlines == 0 ? period : between(low, deadlines == 1 ? period : 2 * period);
    *task = (struct task){.claims = {.period = {period},
                                     .deadline = {deadline},
                                     .execution = {execution},
                                     .order = ADMISSION_FIXED},
                          .offset = between(0, period - 1)};
    if (tasks.has_jitter) {
        task->claims.jitter.ticks = between(0, period / 8);
    }
    if (tasks.has_lock && execution > 4 && one_in(2)) {
        task->section = between(1, execution / 4);
        task->before = between(0, execution - task->section);
    }
}

/* Mostly by deadline; the first has the lowest. */
static void draw_priorities(void) {
    bool by_deadline = !one_in(5);
    for (uint32_t i = 1; by_deadline && i < tasks.count; i++) {
        struct task moved = tasks.tasks[i];
        uint32_t place = i;
        for (; place > 0 &&
               tasks.tasks[place - 1].claims.deadline.ticks < moved.claims.deadline.ticks;
             place--) {
            tasks.tasks[place] = tasks.tasks[place - 1];
        }
        tasks.tasks[place] = moved;
    }
    uint8_t priority = LOWEST;
    for (uint32_t i = 0; i < tasks.count; i++) {
        tasks.tasks[i].claims.priority = priority;
        priority += !tasks.has_equals || !one_in(3);
    }
}

/* By the one lock: the longest section of who is less urgent, if somebody as urgent or more uses
 * the lock. Once for each job, since whoever is less urgent does not come to it before the job ends. */
static void set_blocking(void) {
    for (uint32_t i = 0; i < tasks.count; i++) {
        struct admission_task *claims = &tasks.tasks[i].claims;
        uint64_t longest = 0;
        bool used_above = false;
        for (uint32_t j = 0; j < tasks.count; j++) {
            const struct task *other = &tasks.tasks[j];
            bool is_below = other->claims.priority < claims->priority;
            longest = is_below && other->section > longest ? other->section : longest;
            used_above = used_above || (!is_below && other->section != 0);
        }
        claims->blocking.ticks = used_above ? longest : 0;
    }
}

static void draw_set(void) {
    uint64_t shares[TASKS_MOST];
    tasks.count = (uint32_t)between(2, TASKS_MOST);
    tasks.has_lock = one_in(2);
    tasks.has_ceiling = one_in(2);
    tasks.has_jitter = one_in(3);
    tasks.has_equals = one_in(4);
    draw_shares(shares, tasks.count, between(500, 1000));
    unsigned deadlines = (unsigned)between(0, 2);
    for (uint32_t i = 0; i < tasks.count; i++) {
        draw_task(&tasks.tasks[i], shares[i], deadlines);
    }
    draw_priorities();
    set_blocking();
}

static bool is_admitted(void) {
    static const struct admission_costs none;
    struct admission_task claims[TASKS_MOST];
    struct admission_result result;
    for (uint32_t i = 0; i < tasks.count; i++) {
        claims[i] = tasks.tasks[i].claims;
    }
    status_t status = admission_check(claims, tasks.count, &none, ADMISSION_ENFORCE, &result);
    check(status == STATUS_OK || status == STATUS_NOT_ADMITTED);
    return status == STATUS_OK;
}

/* --- A run ------------------------------------------------------------------------------------ */

/* Computes for so long. What comes at the moment when it is done comes behind it. */
static void compute(uint64_t ticks) {
    while (ticks != 0) {
        hosted_interrupt_point();
        uint64_t ahead = hosted.compare - hosted.now;
        uint64_t step = ahead < ticks ? ahead : ticks;
        hosted.now += step;
        ticks -= step;
    }
}

static void do_job(const struct task *task) {
    uint64_t rest = task->claims.execution.ticks;
    if (task->section != 0) {
        compute(task->before);
        status_t status = mutex_lock(&tasks.lock);
        check(status == STATUS_OK);
        compute(task->section);
        status = mutex_unlock(&tasks.lock);
        check(status == STATUS_OK);
        rest -= task->before + task->section;
    }
    compute(rest);
}

static void task_main(void *argument) {
    const struct task *task = argument;
    uint64_t jitter = task->claims.jitter.ticks;
    uint64_t first = tasks.is_worst ? FIRST_RELEASE - jitter : FIRST_RELEASE + task->offset;
    for (uint64_t due = first; due < FIRST_RELEASE + HYPERPERIOD;
         due += task->claims.period.ticks) {
        uint64_t late = tasks.is_worst ? (due == first ? jitter : 0) : between(0, jitter);
        thread_sleep_until((instant_t){due + late});
        do_job(task);
        tasks.releases++;
        tasks.misses += hosted.now > due + task->claims.deadline.ticks;
    }
}

static void start_all(void *unused) {
    (void)unused;
    for (uint32_t i = 0; i < tasks.count; i++) {
        const struct thread_attributes attributes = {.priority = tasks.tasks[i].claims.priority,
                                                     .detached = true};
        thread_id_t id;
        status_t status = thread_spawn(task_main, &tasks.tasks[i], &attributes, &id);
        check(status == STATUS_OK);
    }
}

static void make_lock(void) {
    struct mutex_attributes attributes = {.has_ceiling = tasks.has_ceiling};
    for (uint32_t i = 0; i < tasks.count; i++) {
        uint8_t priority = tasks.tasks[i].section != 0 ? tasks.tasks[i].claims.priority : 0;
        attributes.ceiling = priority > attributes.ceiling ? priority : attributes.ceiling;
    }
    status_t status = mutex_init(&tasks.lock, &attributes);
    check(status == STATUS_OK);
}

static void unchecked(const struct hosted_stretch *stretch, const struct frame *next) {
    (void)stretch, (void)next;
}

/* Whether somebody was late. */
static bool run_set(bool is_worst) {
    static const struct thread_attributes attributes = {.name = "main", .priority = MAIN_PRIORITY};
    machine_reset();
    if (!one_in(INVARIANTS_IN)) {
        machine.hooks.end = unchecked;
    }
    tasks.is_worst = is_worst;
    tasks.misses = 0;
    make_lock();
    machine_run(start_all, NULL, &attributes);
    return tasks.misses != 0;
}

/* --- Judging ---------------------------------------------------------------------------------- */

static void print_set(void) {
    fprintf(stderr, "lock %d, ceiling %d\n", tasks.has_lock, tasks.has_ceiling);
    for (uint32_t i = 0; i < tasks.count; i++) {
        const struct task *task = &tasks.tasks[i];
        const struct admission_task *claims = &task->claims;
        fprintf(stderr,
                "priority %u: period %" PRIu64 ", deadline %" PRIu64 ", execution %" PRIu64
                " (%" PRIu64 ", then locked %" PRIu64 "), blocking %" PRIu64 ", jitter %" PRIu64
                ", offset %" PRIu64 "\n",
                claims->priority, claims->period.ticks, claims->deadline.ticks,
                claims->execution.ticks, task->before, task->section, claims->blocking.ticks,
                claims->jitter.ticks, task->offset);
    }
}

/* Whether the set asks for no more than there is. */
static bool fits(void) {
    uint64_t work = 0;
    for (uint32_t i = 0; i < tasks.count; i++) {
        work += HYPERPERIOD / tasks.tasks[i].claims.period.ticks *
                tasks.tasks[i].claims.execution.ticks;
    }
    return work <= HYPERPERIOD;
}

/* A tick more for one or another, until it is refused. */
static void grow_until_refused(void) {
    while (is_admitted()) {
        tasks.tasks[between(0, tasks.count - 1)].claims.execution.ticks++;
    }
}

static void judge_just_refused(void) {
    grow_until_refused();
    bool is_exact = !tasks.has_lock && !tasks.has_jitter && !tasks.has_equals && fits();
    bool is_late = run_set(true);
    tasks.refused++;
    tasks.late += is_late;
    tasks.exact += is_exact;
    if (is_exact && !is_late) {
        print_set();
        world_fail("a set was refused that is not late in the worst case");
    }
}

static void judge_admitted(void) {
    tasks.admitted++;
    if (run_set(true) || run_set(false)) {
        print_set();
        world_fail(tasks.is_worst ? "an admitted set is late in the worst case"
                                  : "an admitted set is late");
    }
}

void tasks_run(uint64_t seed, uint64_t sets) {
    struct random seeds;
    random_init(&seeds, seed);
    for (uint64_t i = 0; i < sets; i++) {
        world.seed = i == 0 ? seed : random_next(&seeds);
        random_init(&tasks.random, world.seed);
        draw_set();
        if (is_admitted()) {
            judge_admitted();
            judge_just_refused();
        }
    }
    printf("%" PRIu64 " sets, %" PRIu64 " admitted and never late; just refused: %" PRIu64
           ", of them late: %" PRIu64 ", bound to be: %" PRIu64 "; %" PRIu64 " releases\n",
           sets, tasks.admitted, tasks.refused, tasks.late, tasks.exact, tasks.releases);
    if (sets >= 100 && (tasks.admitted < sets / 5 || tasks.exact == 0 ||
                        tasks.late * 100 < tasks.refused * LATE_SHARE_MIN)) {
        world_fail("too few sets were admitted, or were late when just refused");
    }
}
