/* SPDX-License-Identifier: MIT */
/*
 * The kernel's admission test as a program of this machine. Reads sets from standard input:
 *
 *     COUNT RELEASE RELEASE_BELOW FINISH MASKED
 *     PERIOD DEADLINE EXECUTION BLOCKING JITTER PRIORITY ORDER      COUNT times
 *
 * and answers each with a line: VERDICT TASK MARGIN.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "config.h"
#include "kernel/sched/admission.h"
#include "lib/assert.h"

void panic(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    abort();
}

static duration_t read_length(void) {
    duration_t length;
    if (scanf("%" SCNu64, &length.ticks) != 1) {
        fprintf(stderr, "admission_host: a number is missing\n");
        exit(2);
    }
    return length;
}

static struct admission_task read_task(void) {
    struct admission_task task;
    task.period = read_length();
    task.deadline = read_length();
    task.execution = read_length();
    task.blocking = read_length();
    task.jitter = read_length();
    task.priority = (uint8_t)read_length().ticks;
    task.order = (uint8_t)read_length().ticks;
    return task;
}

int main(void) {
    uint32_t count;
    while (scanf("%" SCNu32, &count) == 1 && count <= CONFIG_ADMISSION_TASKS) {
        struct admission_costs costs;
        costs.release = read_length();
        costs.release_below = read_length();
        costs.finish = read_length();
        costs.masked = read_length();
        struct admission_task tasks[CONFIG_ADMISSION_TASKS];
        for (uint32_t i = 0; i < count; i++) {
            tasks[i] = read_task();
        }
        struct admission_result result;
        status_t status = admission_check(tasks, count, &costs, ADMISSION_WARN, &result);
        if (status != STATUS_OK) {
            fprintf(stderr, "admission_host: status %d of task %" PRIu32 "\n", (int)status,
                    result.task);
            return 2;
        }
        static const char *const words[] = {"unchecked", "admitted", "late", "undecided"};
        printf("%s %" PRId32 " %" PRId64 "\n", words[result.verdict], (int32_t)result.task,
               result.margin);
    }
    return 0;
}
