/* SPDX-License-Identifier: MIT */
/*
 * A rover whose motor misses its deadline, to be looked at: docs/priority-inversion.md. Three
 * threads, two of which share a bus:
 *
 *     motor      40  each 10 ms, to be done within 3 ms: computes 0.1 ms, has the bus for 0.2 ms
 *     camera     20  each 40 ms: compresses a picture for 4 ms, and has no use for the bus
 *     telemetry  10  each 20 ms: has the bus for 1 ms
 *
 * By itself the motor needs to wait for telemetry alone, 1 ms at most. The boot argument "lock" says
 * what guards the bus: "semaphore", a binary one, whose holder nobody knows (the default), or
 * "mutex", whose owner inherits the priority of who waits.
 */
#define LOG_MODULE "rover"
#include "kernel/app.h"
#include "kernel/console/log.h"
#include "kernel/sched/periodic.h"
#include "kernel/sched/thread.h"
#include "kernel/sync/mutex.h"
#include "kernel/sync/semaphore.h"
#include "kernel/trace/trace.h"
#include "lib/compiler.h"
#include "lib/string.h"

#define LOOPS_A_US 500 /* of two instructions: exactly so where an instruction is a nanosecond */
#define REPORT_MS  100

struct task {
    const char *name;
    uint8_t priority;
    uint32_t offset_us; /* of the first release, from when all begin */
    uint32_t period_us;
    uint32_t deadline_us; /* 0: none */
    uint32_t alone_us;    /* a job's time without the bus */
    uint32_t bus_us;      /* and with it */
};

static const struct task tasks[] = {
    {"motor", 40, 500, 10000, 3000, 100, 200},
    {"camera", 20, 700, 40000, 0, 4000, 0},
    {"telemetry", 10, 0, 20000, 0, 0, 1000},
};
#define TASKS (sizeof(tasks) / sizeof(tasks[0]))

static struct semaphore bus_semaphore = SEMAPHORE_INITIALIZER(1, 1);
static struct mutex bus_mutex;
static bool has_mutex;  /* constant once threads run */
static instant_t begin; /* the same */

static void work(uint32_t us) {
    for (uint64_t n = (uint64_t)us * LOOPS_A_US; n != 0; n--) {
        __asm__ volatile("");
    }
}

static void bus_take(void) {
    if (has_mutex) {
        (void)!mutex_lock(&bus_mutex);
    } else {
        (void)!semaphore_take(&bus_semaphore);
    }
}

static void bus_give(void) {
    if (has_mutex) {
        (void)!mutex_unlock(&bus_mutex);
    } else {
        (void)!semaphore_give(&bus_semaphore);
    }
}

static void run(void *argument) {
    const struct task *task = argument;
    const struct periodic_attributes attributes = {
        .first = instant_add(begin, time_us(task->offset_us)),
        .period = time_us(task->period_us),
        .deadline = time_us(task->deadline_us),
    };
    (void)!periodic_begin(&attributes);
    for (uint64_t job = 0;; job++) {
        (void)!periodic_wait(NULL);
        trace_mark("job", job);
        work(task->alone_us);
        if (task->bus_us != 0) {
            bus_take();
            work(task->bus_us);
            bus_give();
        }
    }
}

static void report(const char *name, thread_id_t id) {
    struct periodic_state state;
    if (periodic_state(id, &state) == STATUS_OK) {
        log_info("%s: %llu jobs, %llu missed", name, (unsigned long long)state.jobs,
                 (unsigned long long)state.misses);
    }
}

void app_main(void) {
    const char *lock = app_argument("lock");
    thread_id_t ids[TASKS];
    has_mutex = lock != NULL && strcmp(lock, "mutex") == 0;
    (void)!mutex_init(&bus_mutex, NULL);
    begin = time_after(time_ms(1));
    for (size_t i = 0; i < TASKS; i++) {
        const struct thread_attributes attributes = {.name = tasks[i].name,
                                                     .priority = tasks[i].priority};
        if (thread_spawn(run, (void *)(uintptr_t)&tasks[i], &attributes, &ids[i]) != STATUS_OK) {
            app_exit(1);
        }
    }
    for (;;) {
        thread_sleep_ms(REPORT_MS);
        report(tasks[0].name, ids[0]);
    }
}
