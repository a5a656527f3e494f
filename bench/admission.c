/* SPDX-License-Identifier: MIT */
/* The admission test of eight tasks at a load of three quarters: by fixed priority, and by EDF. */
#include "kernel/sched/admission.h"

#include "bench/bench.h"

#define TASKS 8

/* Nanoseconds: an instruction of the emulated machine each. */
static const uint32_t periods[TASKS] = {1000000, 1500000, 2000000, 3000000,
                                        4000000, 6000000, 8000000, 12000000};
static struct figure fixed_priority = {.name = "admission_check_8"};
static struct figure edf = {.name = "admission_check_8_edf"};

static void tasks_fill(struct admission_task *tasks, enum admission_order order) {
    for (uint8_t i = 0; i < TASKS; i++) {
        tasks[i] = (struct admission_task){
            .period = {periods[i]},
            .deadline = {periods[i]},
            .execution = {(uint64_t)periods[i] * 3 / 32},
            .priority = order == ADMISSION_FIXED ? (uint8_t)(TASKS - i) : 1,
            .order = (uint8_t)order,
        };
    }
}

static void measure(struct figure *figure, enum admission_order order) {
    struct admission_task tasks[TASKS];
    struct admission_result result;
    tasks_fill(tasks, order);
    bool more = true;
    while (more) {
        bench_open();
        status_t status = admission_check(tasks, TASKS, &ADMISSION_COSTS_IN_INSTRUCTIONS,
                                          ADMISSION_ENFORCE, &result);
        uint64_t reading = bench_close();
        bench_must(status, "admission");
        more = figure_add(figure, reading);
    }
    figure_print(figure);
}

void bench_admission(void) {
    measure(&fixed_priority, ADMISSION_FIXED);
    measure(&edf, ADMISSION_EDF);
}
