/* SPDX-License-Identifier: MIT */
/* Periodic threads: no drift whatever the jobs take, what is skipped, and who is told of misses. */
#include "kernel/sched/edf.h"
#include "kernel/sync/miss_box.h"
#include "lib/random.h"
#include "tests/qemu/groups.h"

#define MAIN   CONFIG_MAIN_PRIORITY
#define PERIOD 40000 /* ticks */
#define JOBS   200

/* Instructions from a release to the job's first one, and from a deadline to the handler's. */
#define LATE_LIMIT 1500

static struct periodic_state states[3];
static unsigned drifts;

/* Jobs of any length, at most as long as asked for. */
static void works(void *argument) {
    unsigned number = (unsigned)(uintptr_t)argument;
    const uint64_t period = (number + 1) * UINT64_C(PERIOD);
    const struct periodic_attributes attributes = {.first = time_after(time_ticks(PERIOD)),
                                                   .period = {period}};
    struct random random;
    random_init(&random, number);
    if (periodic_begin(&attributes) != STATUS_OK) {
        drifts++;
        return;
    }
    for (uint64_t job = 0; job < JOBS; job++) {
        uint64_t skipped = 1;
        status_t status = periodic_wait(&skipped);
        instant_t due = {attributes.first.ticks + job * period};
        drifts += status != STATUS_OK || skipped != 0 || instant_before(time_now(), due) ||
                  periodic_state(thread_self(), &states[number]) != STATUS_OK ||
                  states[number].release.ticks != due.ticks;
        test_spin_until(time_after(time_ticks(random_below(&random, period / 6))));
    }
}

static void periodic_exact(void) {
    TEST_NEEDS(CONFIG_PERIODIC_THREADS >= ARRAY_SIZE(states));
    thread_id_t ids[ARRAY_SIZE(states)];
    drifts = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        ids[i] = test_spawn(works, (void *)(uintptr_t)i, MAIN + 5 - i);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        test_join(ids[i]);
        TAP_EQ(states[i].jobs, JOBS, "as many jobs as there were releases");
        TAP_EQ(states[i].overruns + states[i].skipped, 0, "none was too long");
    }
    TAP_EQ(drifts, 0, "every release is a multiple of the period");
    uint64_t late = states[0].latency_max.ticks;
    TAP_OK(late <= LATE_LIMIT, "the most urgent one begins late by little");
    record_number("periodic_latency_min", states[0].latency_min.ticks);
    record_number("periodic_latency_max", late);
}

static uint64_t skips[4];

static void overruns(void *argument) {
    const struct periodic_attributes attributes = {.first = time_after(time_ticks(PERIOD)),
                                                   .period = {PERIOD}};
    static const uint64_t lengths[] = {10, PERIOD + 50, 3 * PERIOD + PERIOD / 2, 10};
    (void)argument;
    if (periodic_begin(&attributes) != STATUS_OK || periodic_wait(NULL) != STATUS_OK) {
        return;
    }
    instant_t release = attributes.first;
    for (unsigned i = 0; i < ARRAY_SIZE(lengths); i++) {
        test_spin_until(instant_add(release, time_ticks(lengths[i])));
        if (periodic_wait(&skips[i]) != STATUS_OK) {
            skips[i] = 99;
        }
        release.ticks += (skips[i] + 1) * PERIOD;
    }
    (void)!periodic_state(thread_self(), &states[0]);
}

static void periodic_overruns(void) {
    test_join(test_spawn(overruns, NULL, MAIN + 1));
    TAP_EQ(skips[0], 0, "in time");
    TAP_EQ(skips[1], 0, "a little too long: the next one begins at once");
    TAP_EQ(skips[2], 2, "as long as three and a half: two are lost, the latest begins at once");
    TAP_EQ(skips[3], 0, "and then all is as before");
    TAP_EQ(states[0].overruns, 2, "two overruns are counted");
    TAP_EQ(states[0].skipped, 2, "and two that were skipped");
    TAP_EQ(states[0].jobs, 5, "of five jobs");
}

static struct miss_box box;
static thread_id_t worker;
static unsigned told;
static bool wrong;
static uint64_t told_late;
static uint8_t noticed_at;
static thread_id_t ran_then;
static thread_id_t disturber;

/* The second of three jobs misses its deadline, for `higher` runs. */
static void misses(void *argument) {
    const struct periodic_attributes attributes = {.first = *(instant_t *)argument,
                                                   .period = {4 * PERIOD},
                                                   .deadline = {PERIOD},
                                                   .noticed_at = noticed_at,
                                                   .tells = &box};
    if (periodic_begin(&attributes) != STATUS_OK) {
        return;
    }
    for (unsigned i = 0; i < 3; i++) {
        (void)!periodic_wait(NULL);
        test_spin_until(time_after(time_ticks(PERIOD / 2)));
    }
    (void)!periodic_state(thread_self(), &states[0]);
}

static void disturbs(void *argument) {
    instant_t from = instant_add(*(instant_t *)argument, time_ticks(4 * PERIOD + PERIOD / 4));
    thread_sleep_until(from);
    test_spin_until(instant_add(from, time_ticks(3 * PERIOD / 2)));
}

static void handles(void *argument) {
    struct deadline_miss miss;
    (void)argument;
    while (miss_box_wait(&box, &miss) == STATUS_OK) {
        told++;
        told_late = instant_since(time_now(), miss.deadline).ticks;
        wrong |= miss.thread.index != worker.index || miss.count != 1;
        ran_then = miss.running;
    }
}

static void miss_one(uint8_t level) {
    noticed_at = level;
    instant_t first = time_after(time_ticks(2 * PERIOD));
    told = 0;
    wrong = false;
    TAP_EQ(miss_box_init(&box), STATUS_OK, "a box");
    thread_id_t handler = test_spawn(handles, NULL, MAIN + 9);
    worker = test_spawn(misses, &first, MAIN + 1);
    disturber = test_spawn(disturbs, &first, MAIN + 2);
    test_join(worker);
    test_join(disturber);
    TAP_EQ(states[0].misses, 1, "one deadline was missed");
    TAP_EQ(miss_box_close(&box), STATUS_OK, "closed");
    test_join(handler);
    TAP_EQ(told, 1, "the handler was told once");
    TAP_OK(!wrong, "of the right thread");
}

static void periodic_misses(void) {
    miss_one(0);
    TAP_OK(told_late >= PERIOD / 4 && told_late < 2 * PERIOD,
           "as soon as nothing above that thread ran");
    miss_one(MAIN + 9);
    TAP_OK(told_late < LATE_LIMIT, "at once, where that is noticed above what disturbs");
    TAP_EQ(ran_then.index, disturber.index, "and who ran then is told, too");
    record_number("periodic_told_late", told_late);
}

/* --- By deadline ---------------------------------------------------------------------------------- */

#define TASKS 5

static struct periodic_state by_deadline[TASKS];
static instant_t together;

/* Together they use 94 percent: with rate monotonic priorities some would miss. */
static void works_by_deadline(void *argument) {
    static const uint64_t periods[TASKS] = {4, 5, 6, 7, 9};
    static const uint64_t parts[TASKS] = {7, 10, 12, 14, 13}; /* of 10,000 instructions */
    unsigned number = (unsigned)(uintptr_t)argument;
    const struct periodic_attributes attributes = {.first = together,
                                                   .period = {periods[number] * 100000},
                                                   .deadline = {periods[number] * 100000},
                                                   .by_deadline = true};
    if (periodic_begin(&attributes) != STATUS_OK) {
        return;
    }
    for (unsigned job = 0; job < 60; job++) {
        (void)!periodic_wait(NULL);
        uint64_t turns = parts[number] * 5000; /* of two instructions */
        __asm__ volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r"(turns)::"cc");
    }
    (void)!periodic_state(thread_self(), &by_deadline[number]);
}

static void periodic_by_deadline(void) {
    TEST_NEEDS(CONFIG_PERIODIC_THREADS >= TASKS);
    thread_id_t ids[TASKS];
    together = time_after(time_ticks(100000));
    for (unsigned i = 0; i < TASKS; i++) {
        ids[i] = test_spawn(works_by_deadline, (void *)(uintptr_t)i, MAIN - 1);
    }
    for (unsigned i = 0; i < TASKS; i++) {
        test_join(ids[i]);
        TAP_EQ(by_deadline[i].jobs, 60, "each did all its jobs");
        TAP_EQ(by_deadline[i].misses, 0, "and missed nothing");
    }
    record_number("by_deadline_latency_max", by_deadline[TASKS - 1].latency_max.ticks);
}

static const uint64_t equals[] = {900, 500, 700, 500, 100};

static void notes_itself(void *argument) {
    unsigned number = (unsigned)(uintptr_t)argument;
    edf_set_deadline((instant_t){equals[number]});
    trace_add((char)('a' + number));
}

static void periodic_edf_order(void) {
    thread_id_t ids[ARRAY_SIZE(equals)];
    trace_clear();
    for (unsigned i = 0; i < ARRAY_SIZE(equals); i++) {
        ids[i] = test_spawn(notes_itself, (void *)(uintptr_t)i, MAIN - 1);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(equals); i++) {
        test_join(ids[i]);
    }
    TAP_TEXT(trace_text(), "ebdca", "the earliest first, and of equals the oldest");
}

static const struct test_case periodic_cases[] = {
    {"periodic_by_deadline", periodic_by_deadline, TEST_EXACT},
    {"periodic_edf_order", periodic_edf_order, TEST_ALWAYS},
    {"periodic_exact", periodic_exact, TEST_EXACT},
    {"periodic_overruns", periodic_overruns, TEST_EXACT},
    {"periodic_misses", periodic_misses, TEST_EXACT},
};
TEST_GROUP(periodic);
