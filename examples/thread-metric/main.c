/* SPDX-License-Identifier: MIT */
/*
 * Runs each workload for a while and tells how often its threads came round. In exact mode a tick of
 * the counter is an instruction, so that the time divided by the rounds is instructions a round.
 *
 *   record thread_metric NAME ROUNDS INSTRUCTIONS-A-ROUND LEAST MOST-OF-A-THREAD ERRORS
 *
 * Boot argument: period=MILLISECONDS for each workload (20).
 */
#include "kernel/app.h"
#include "kernel/console/log.h"
#include "kernel/sched/thread.h"
#include "tm_api.h"
#include "workloads.h"

static uint64_t period_ms(void) {
    const char *text = app_argument("period");
    uint64_t value = 0;
    for (; text != NULL && *text >= '0' && *text <= '9'; text++) {
        value = value * 10 + (uint64_t)(*text - '0');
    }
    return value != 0 ? value : 20;
}

static void begin(const struct workload *workload) {
    for (int i = 0; i < WORKLOAD_THREADS; i++) {
        workload_rounds[i] = 0;
    }
    workload_errors = 0;
    workload->create();
    for (int i = 0; i < workload->resumed; i++) {
        if (tm_thread_resume(workload->first + i) != TM_SUCCESS) {
            workload_errors++;
        }
    }
}

static void tell(const struct workload *workload, uint64_t ticks) {
    unsigned long sum = 0;
    unsigned long least = workload_rounds[0];
    unsigned long most = workload_rounds[0];
    for (unsigned i = 0; i < workload->threads; i++) {
        unsigned long rounds = workload_rounds[i];
        sum += rounds;
        least = rounds < least ? rounds : least;
        most = rounds > most ? rounds : most;
    }
    kprint("record thread_metric %s %lu %llu %lu %lu %lu\n", workload->name, sum,
           (unsigned long long)(ticks / (sum != 0 ? sum : 1)), least, most, workload_errors);
}

/* Main is above all of them: they run while it sleeps. */
static void run_all(void) {
    duration_t length = time_ms(period_ms());
    for (unsigned i = 0; i < workload_count; i++) {
        begin(&workloads[i]);
        thread_sleep_for(length);
        for (unsigned k = 0; k < workloads[i].threads; k++) {
            (void)tm_thread_suspend(workloads[i].first + (int)k); /* some have done so */
        }
        tell(&workloads[i], length.ticks);
    }
}

void app_main(void) {
    tm_initialize(run_all);
    app_exit(0);
}
