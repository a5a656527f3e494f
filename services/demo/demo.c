/* SPDX-License-Identifier: MIT */
/*
 * The demo: a handful of threads that each show one thing the kernel does, and tell about it
 * in the log. Read this file first, then any of the others: pipeline.c (mailboxes and
 * timeouts), periodic.c (time without drift), workers.c (spawn, exit, join, detach), hogs.c
 * (round robin), summary.c. If there is an initial RAM disk, they leave the console to who types at it:
 * programs.c (processes in user mode) and console.c (input).
 *
 * Priorities: the more urgent a thread's next deadline, the higher. What only computes is at the
 * bottom, below the log's own thread, or it would be seen but not heard.
 */
#define LOG_MODULE "demo"

#include "services/demo/demo.h"

#include "kernel/app.h"
#include "kernel/console/log.h"
#include "kernel/mm/initrd.h"
#include "kernel/sched/thread.h"
#include "services/top/top.h"

struct demo_counts demo_counts;

static const struct thread_definition threads[] = {
    {periodic_run, NULL, {.name = "periodic", .priority = 50}},
    {pipeline_consume, NULL, {.name = "consumer", .priority = 41}},
    {pipeline_produce, NULL, {.name = "producer", .priority = 40}},
    {summary_run, NULL, {.name = "summary", .priority = 30}},
    {workers_supervise, NULL, {.name = "foreman", .priority = 21}},
    {hogs_supervise, NULL, {.name = "herdsman", .priority = 10}},
};

static const struct thread_definition with_programs[] = {
    {console_run, NULL, {.name = "console", .priority = CONSOLE_PRIORITY}},
    {programs_run, NULL, {.name = "programs", .priority = 36}},
};

/* The thread "main": starts the others and ends. They go on without it. */
void app_main(void) {
    const void *bytes;
    uint64_t size;
    const bool shall_run_programs = initrd_bytes(&bytes, &size);
    const struct thread_definition *which = shall_run_programs ? with_programs : threads;
    const unsigned count = shall_run_programs ? ARRAY_SIZE(with_programs) : ARRAY_SIZE(threads);
    log_info("%u threads of %u slots; leave with Ctrl-A X", count, thread_slots_total());
    status_t status = thread_spawn_all(which, count, NULL);
    if (status != STATUS_OK) {
        log_error("the threads could not be spawned: %s", status_name(status));
    }
    status = top_start();
    if (status != STATUS_OK) {
        log_error("no pages of threads: top=%s: %s", app_argument("top"), status_name(status));
    }
}
