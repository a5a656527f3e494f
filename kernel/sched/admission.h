/* SPDX-License-Identifier: MIT */
/*
 * Whether a set of tasks meets its deadlines, asked before they start: arithmetic on what the caller
 * says of them, without state and without a look at the threads there are. A task is a thread that
 * is released again and again, or a server, whose budget and period are execution and period: ask
 * before server_open(), which does not.
 *
 * Fixed priority is decided by response times, EDF within a level by processor demand over what
 * more urgent levels leave. What is admitted holds, if the numbers do; what is refused may be held
 * up by a worst case that never comes. The model and its formulas: docs/analysis.md.
 *
 *     tasks[count] = the new one;                     beside those that were admitted before
 *     status = admission_check(tasks, count + 1, &costs, policy, &result);
 *     if (status == STATUS_OK) {                      else result: which task, and by how much
 *         status = thread_spawn(...);
 *     }
 */
#ifndef KERNEL_SCHED_ADMISSION_H
#define KERNEL_SCHED_ADMISSION_H

#include "config.h"
#include "lib/status.h"
#include "lib/time_units.h"

/* Every length of time is below this, in ticks: three days of a clock of 1 GHz. */
#define ADMISSION_TICKS_MAX (UINT64_C(1) << 48)

/* An index that is no task's. */
#define ADMISSION_NO_TASK UINT32_MAX

enum admission_order {
    ADMISSION_FIXED, /* with its level: in any order that the level has */
    ADMISSION_EDF,   /* within its level the one with the earliest deadline goes first */
};

/* All tasks of a level have the same order. Periods and execution are at least one tick. */
struct admission_task {
    duration_t period;    /* between two releases, at least */
    duration_t deadline;  /* from when a job is due to be released; may be longer than the period */
    duration_t execution; /* of a job, at most, with the calls it makes */
    duration_t blocking;  /* by sections that less urgent tasks hold, at most, for each job */
    duration_t jitter;    /* how late after it was due a release may be */
    uint8_t priority;     /* 0..63 */
    uint8_t order;        /* enum admission_order */
};

/* What the kernel takes of a CPU. */
struct admission_costs {
    duration_t release;       /* a job begins: the timer interrupt and the switch to it */
    duration_t release_below; /* of that, what more urgent tasks pay too; at most `release`: 0 where
                               * a release waits for whoever is above it, else all of it */
    duration_t finish;        /* a job ends: the call that waits, and the switch from it */
    duration_t masked;        /* the longest stretch with interrupts masked; a release is one, so
                               * not less than what of it is not paid by more urgent tasks */
};

/* This kernel's, in instructions: ticks on the emulated machine in exact mode; on another they are
 * to be measured in its ticks. A release below the running thread's level does not interrupt it. */
#define ADMISSION_COSTS_IN_INSTRUCTIONS                                                            \
    ((struct admission_costs){.release = {CONFIG_ADMISSION_RELEASE},                               \
                              .release_below = {0},                                                \
                              .finish = {CONFIG_ADMISSION_FINISH},                                 \
                              .masked = {CONFIG_ADMISSION_MASKED}})

enum admission_policy {
    ADMISSION_ENFORCE, /* what is refused shall not start */
    ADMISSION_WARN,    /* it may; the caller tells somebody */
    ADMISSION_OFF,     /* nothing is looked at */
};

enum admission_verdict {
    ADMISSION_UNCHECKED, /* policy off, or malformed */
    ADMISSION_ADMITTED,
    ADMISSION_LATE,      /* a job can end behind its deadline, or asks for more than its period */
    ADMISSION_UNDECIDED, /* not within CONFIG_ADMISSION_STEPS, or too far ahead: as good as refused */
};

struct admission_result {
    enum admission_verdict verdict;
    /* Admitted: the task of fixed priority with the least to spare (ADMISSION_NO_TASK: there is
     * none). Otherwise the one that is late, undecided or malformed (ADMISSION_NO_TASK: costs). */
    uint32_t task;
    /* Ticks to spare before its deadline; late: minus the ticks that are missing, at least. */
    int64_t margin;
};

/* Decides on `count` tasks, at most CONFIG_ADMISSION_TASKS, and tells what was found in `result`,
 * which may not be NULL. Threads and boot; not masked. At most CONFIG_ADMISSION_STEPS turns of
 * O(count). OK: admitted, or a policy that lets in whatever comes. NOT_ADMITTED: late or undecided,
 * and enforced. INVALID_ARGUMENT: unknown policy or order, a zero, two orders in a level.
 * OUT_OF_RANGE: too many tasks, too long a time, priority. */
MUST_USE status_t admission_check(const struct admission_task *tasks, uint32_t count,
                                  const struct admission_costs *costs, enum admission_policy policy,
                                  struct admission_result *result);

#endif
