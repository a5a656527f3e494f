/* SPDX-License-Identifier: MIT */
/* Handlers of a queue, called through pointers that stand in memory. */
#include "tests/bounds/loops/loops.h"

#define JOBS 6

struct job {
    uint64_t (*run)(struct job *job);
    uint64_t value;
};

uint64_t job_count(struct job *job);
uint64_t job_mix(struct job *job);

uint64_t job_count(struct job *job) {
    return ++job->value;
}
BOUND_CALLEE(jobs, job_count);

uint64_t job_mix(struct job *job) {
    BOUND_LOOP(mix, 5);
    for (unsigned i = 0; i < 5; i++) {
        BOUND_TURN(mix);
        job->value ^= job->value << 7;
        job->value ^= job->value >> 9;
    }
    return job->value;
}
BOUND_CALLEE(jobs, job_mix);

static NOINLINE uint64_t callees_of_class(struct job *jobs) {
    uint64_t sum = 0;
    BOUND_LOOP(jobs, JOBS);
    for (unsigned i = 0; i < JOBS; i++) {
        BOUND_TURN(jobs);
        sum += BOUND_CALLED(jobs, jobs[i].run)(&jobs[i]);
    }
    return sum;
}

void callees_of_class_inputs(void) {
    struct job jobs[JOBS];
    for (unsigned mask = 0; mask < 1u << JOBS; mask++) {
        for (unsigned i = 0; i < JOBS; i++) {
            jobs[i].run = (mask >> i & 1) != 0 ? job_mix : job_count;
            jobs[i].value = 5;
        }
        OBSERVE(callees_of_class, jobs, 0, 0, 0);
    }
}
