/* SPDX-License-Identifier: MIT */
/*
 * What was admitted runs: periodic threads over one that keeps calling the kernel. None responds
 * later than the admission test says, nor much earlier: with a deadline one tick below what was
 * seen the set must be refused, with one somewhat above it must be admitted.
 */
#include "kernel/sched/admission.h"

#include "kernel/ipc/mailbox.h"
#include "tests/qemu/groups.h"

#define TASKS  4
#define TOP    (CONFIG_MAIN_PRIORITY - 1)
#define BOTTOM (TOP - TASKS)
#define RUN    UINT64_C(1200000) /* ticks: the periods' least common multiple, twice */

#define AROUND_LOOPS 80 /* instructions of a job besides its loops, at most */

struct periodic {
    uint64_t period;
    uint64_t loops; /* of two instructions, each job */
    uint64_t response;
};

static struct periodic periodics[TASKS];
static instant_t begin;
static volatile bool stop;

/* What a job does; tells when it was done. */
static NOINLINE instant_t job(struct periodic *self, instant_t due) {
    uint64_t loops = self->loops;
    __asm__ volatile("1:\tsubs %0, %0, #1\n\tb.ne 1b" : "+r"(loops)::"cc");
    instant_t now = time_now();
    uint64_t response = instant_since(now, due).ticks;
    self->response = response > self->response ? response : self->response;
    return now;
}

static void periodic_main(void *argument) {
    struct periodic *self = argument;
    for (uint64_t due = 0; due < RUN; due += self->period) {
        instant_t when = instant_add(begin, time_ticks(due));
        thread_sleep_until(when);
        job(self, when);
    }
}

/* Masks interrupts again and again, for a while each time. */
static void caller_main(void *unused) {
    (void)unused;
    static uint8_t storage[4 * CONFIG_MAILBOX_MESSAGE_MAX];
    static uint8_t message[CONFIG_MAILBOX_MESSAGE_MAX];
    struct mailbox mailbox;
    status_t status = mailbox_init(&mailbox, storage, sizeof(storage), sizeof(message), 4);
    while (!stop && status == STATUS_OK) {
        status = mailbox_try_send(&mailbox, message);
        status = status == STATUS_OK ? mailbox_try_receive(&mailbox, message) : status;
    }
}

static void periodics_reset(void) {
    static const struct periodic values[TASKS] = {{.period = 20000, .loops = 2000},
                                                  {.period = 30000, .loops = 3500},
                                                  {.period = 50000, .loops = 4500},
                                                  {.period = 120000, .loops = 9000}};
    for (unsigned i = 0; i < TASKS; i++) {
        periodics[i] = values[i];
    }
    stop = false;
}

static void run(void) {
    thread_id_t ids[TASKS];
    begin = time_after(time_us(20));
    for (unsigned i = 0; i < TASKS; i++) {
        ids[i] = test_spawn(periodic_main, &periodics[i], TOP - i);
    }
    thread_id_t caller = test_spawn(caller_main, NULL, BOTTOM);
    for (unsigned i = 0; i < TASKS; i++) {
        test_join(ids[i]);
    }
    stop = true;
    test_join(caller);
}

/* What thread number `i` asks for. */
static struct admission_task asks(unsigned i) {
    return (struct admission_task){
        .period = {periodics[i].period},
        .deadline = {periodics[i].period},
        .execution = {2 * periodics[i].loops + AROUND_LOOPS},
        .priority = (uint8_t)(TOP - i),
    };
}

static bool is_admitted(unsigned changed, uint64_t deadline) {
    struct admission_task tasks[TASKS];
    for (unsigned i = 0; i < TASKS; i++) {
        tasks[i] = asks(i);
        tasks[i].deadline.ticks = i == changed ? deadline : tasks[i].deadline.ticks;
    }
    struct admission_result result;
    status_t status =
        admission_check(tasks, TASKS, &ADMISSION_COSTS_IN_INSTRUCTIONS, ADMISSION_ENFORCE, &result);
    TAP_REQUIRE(status == STATUS_OK || status == STATUS_NOT_ADMITTED, "the set makes sense");
    return status == STATUS_OK;
}

static void admission_holds(void) {
    TEST_NEEDS(CONFIG_ADMISSION_TASKS >= TASKS);
    periodics_reset();
    TAP_OK(is_admitted(TASKS, 0), "admitted");
    run();
    for (unsigned i = 0; i < TASKS; i++) {
        uint64_t seen = periodics[i].response;
        record_number("admission_response", seen);
        TAP_OK(seen <= periodics[i].period, "in time");
        TAP_OK(!is_admitted(i, seen - 1), "no response above what is computed");
        TAP_OK(is_admitted(i, seen + seen * 3 / 8 + 5000), "nor far below");
    }
}

/* One job longer than there is room for: refused, and it is late when it runs all the same. */
static void admission_refuses(void) {
    TEST_NEEDS(CONFIG_ADMISSION_TASKS >= TASKS);
    periodics_reset();
    periodics[TASKS - 1].loops = 36000;
    TAP_OK(!is_admitted(TASKS, 0), "refused");
    run();
    TAP_OK(periodics[TASKS - 1].response > periodics[TASKS - 1].period, "and late");
}

/* Each starts only if all hold that have started and itself: one does not, the next does. */
static void admission_before_each_start(void) {
    TEST_NEEDS(CONFIG_ADMISSION_TASKS >= TASKS);
    struct admission_task started[TASKS];
    thread_id_t ids[TASKS];
    unsigned count = 0;
    periodics_reset();
    periodics[TASKS - 2].loops = 20000;
    begin = time_after(time_us(200)); /* after all are asked */
    for (unsigned i = 0; i < TASKS; i++) {
        struct admission_result result;
        started[count] = asks(i);
        status_t status = admission_check(started, count + 1, &ADMISSION_COSTS_IN_INSTRUCTIONS,
                                          ADMISSION_ENFORCE, &result);
        if (status == STATUS_OK) {
            TAP_OK(result.verdict == ADMISSION_ADMITTED && result.margin >= 0, "admitted");
            ids[count++] = test_spawn(periodic_main, &periodics[i], TOP - i);
            continue;
        }
        TAP_EQ(status, STATUS_NOT_ADMITTED, "refused");
        TAP_EQ(i, TASKS - 2, "the one there is no room for");
        TAP_EQ(result.task, count, "it is told which cannot be in time: the new one");
        TAP_OK(result.verdict == ADMISSION_LATE && result.margin < 0, "and by how much");
    }
    TAP_EQ(count, TASKS - 1, "all others have started");
    while (count > 0) {
        test_join(ids[--count]);
    }
    TAP_EQ(periodics[TASKS - 2].response, 0, "who is refused has not run");
    for (unsigned i = 0; i < TASKS; i++) {
        TAP_OK(periodics[i].response <= periodics[i].period, "in time");
    }
}

static void admission_jobs_are_as_long_as_said(void) {
    TEST_NEEDS(CONFIG_ADMISSION_TASKS >= TASKS);
    periodics_reset();
    thread_sleep_ms(1); /* what the case before has left is over */
    for (unsigned i = 0; i < TASKS; i++) {
        instant_t before = time_now();
        uint64_t took = instant_since(job(&periodics[i], before), before).ticks;
        TAP_OK(took >= 2 * periodics[i].loops, "all its loops");
        TAP_OK(took + 40 <= 2 * periodics[i].loops + AROUND_LOOPS, "and little around them");
    }
}

static const struct test_case admission_cases[] = {
    {"admission_jobs_are_as_long_as_said", admission_jobs_are_as_long_as_said, TEST_EXACT},
    {"admission_holds", admission_holds, TEST_EXACT},
    {"admission_refuses", admission_refuses, TEST_EXACT},
    {"admission_before_each_start", admission_before_each_start, TEST_EXACT},
};
TEST_GROUP(admission);
