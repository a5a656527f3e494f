/* SPDX-License-Identifier: MIT */
/*
 * The random simulation of scheduler, timed events and mailboxes over the simulated machine; or with
 * --locks, of locks and of threads that end, suspend and change each other (locks.h); or with
 * --tasks, of sets of periodic tasks (tasks.h), as many as --runs says; or with --schedule, of locks
 * under quanta, deadlines, budgets and periods (schedule.h).
 *
 *     sim [--locks | --schedule | --tasks] [--seed N] [--steps N] [--runs N]
 *
 * Several runs, each from a seed of its own that comes from the first, each of another character;
 * `steps` operations in all. The environment's SIM_FACTOR multiplies them. A failure prints how to
 * have it again.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/assert.h"
#include "tests/sim/locks.h"
#include "tests/sim/tasks.h"
#include "tests/sim/world.h"

#define DEFAULT_SEED  UINT64_C(20240229)
#define DEFAULT_STEPS UINT64_C(1000000)
#define DEFAULT_RUNS  UINT64_C(200)

static uint64_t steps_of_a_run;
static bool locks, schedule, tasks;

void panic(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fflush(stdout);
    world_print_log();
    fprintf(stderr, "FAILED at step %" PRIu64 ": ", steps_of_a_run - world.steps_left);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\nreplay: sim%s --seed %" PRIu64 " --steps %" PRIu64 " --runs 1\n",
            schedule ? " --schedule"
            : locks  ? " --locks"
            : tasks  ? " --tasks"
                     : "",
            world.seed, steps_of_a_run);
    va_end(arguments);
    fflush(stderr);
    _Exit(1);
}

static uint64_t number(const char *text) {
    char *rest;
    uint64_t value = text == NULL ? 0 : strtoull(text, &rest, 0);
    if (text == NULL || rest == text || *rest != '\0') {
        fprintf(stderr, "sim: not a number: %s\n", text == NULL ? "(nothing)" : text);
        exit(2);
    }
    return value;
}

/* A long run that never met one of these was not worth much. */
static void expect_all_met(void) {
    static const status_t statuses[] = {STATUS_OK,          STATUS_OUT_OF_RANGE, STATUS_NO_MEMORY,
                                        STATUS_NO_SLOT,     STATUS_STALE,        STATUS_BUSY,
                                        STATUS_WOULD_BLOCK, STATUS_TIMED_OUT,    STATUS_DEADLOCK,
                                        STATUS_CLOSED,      STATUS_DETACHED,     STATUS_FAULTED};
    for (unsigned i = 0; i < ARRAY_SIZE(statuses); i++) {
        if (world.answers[-(int)statuses[i]] == 0) {
            panic("no call ever answered \"%s\"", status_name(statuses[i]));
        }
    }
    for (int kind = OPERATION_NONE + 1; kind < OPERATION_KINDS; kind++) {
        if (world.done[kind] == 0) {
            panic("operation %d was never done", kind);
        }
    }
}

int main(int count, char **argument) {
    uint64_t seed = DEFAULT_SEED;
    uint64_t steps = DEFAULT_STEPS;
    uint64_t runs = DEFAULT_RUNS;
    const char *factor = getenv("SIM_FACTOR");
    schedule = count > 1 && strcmp(argument[1], "--schedule") == 0;
    locks = schedule || (count > 1 && strcmp(argument[1], "--locks") == 0);
    tasks = count > 1 && strcmp(argument[1], "--tasks") == 0;
    for (int i = locks || tasks ? 2 : 1; i < count; i += 2) {
        uint64_t value = number(i + 1 < count ? argument[i + 1] : NULL);
        if (strcmp(argument[i], "--seed") == 0) {
            seed = value;
        } else if (strcmp(argument[i], "--steps") == 0) {
            steps = value;
        } else if (strcmp(argument[i], "--runs") == 0 && value != 0) {
            runs = value;
        } else {
            fprintf(stderr, "usage: sim [--locks | --schedule | --tasks] [--seed N] [--steps N] "
                            "[--runs N]\n");
            return 2;
        }
    }
    steps *= factor == NULL ? 1 : number(factor);
    if (tasks) {
        tasks_run(seed, runs * (factor == NULL ? 1 : number(factor)));
        return 0;
    }
    steps_of_a_run = steps / runs;
    struct random seeds;
    random_init(&seeds, seed);
    for (uint64_t run = 0; run < runs; run++) {
        uint64_t its_seed = run == 0 ? seed : random_next(&seeds);
        if (locks) {
            locks_run(its_seed, steps_of_a_run, schedule);
        } else {
            world_run(its_seed, steps_of_a_run);
        }
    }
    if (locks && steps >= DEFAULT_STEPS / 4) {
        locks_expect_all_met();
    }
    if (locks) {
        locks_print();
        return 0;
    }
    if (steps >= DEFAULT_STEPS) {
        expect_all_met();
    }
    printf("ok: seed %" PRIu64 ", %" PRIu64 " runs, %" PRIu64 " operations, %" PRIu64
           " masked stretches compared, %" PRIu64 " of them interrupts\n",
           seed, runs, world.steps, world.stretches, world.interrupts);
    return 0;
}
