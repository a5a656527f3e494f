/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the demo share: their entries, which demo.c puts into one table, and the
 * counts, from which summary.c makes a line every second. Each count has one writer; readers may
 * see it a moment old.
 */
#ifndef SERVICES_DEMO_DEMO_H
#define SERVICES_DEMO_DEMO_H

#include "lib/compiler.h"

struct demo_counts {
    /* pipeline.c: the producer, then the consumer. */
    uint32_t sent;
    uint32_t received;
    uint32_t timed_out;

    /* periodic.c. */
    uint32_t periods;
    uint32_t late_max_us;

    /* workers.c: the foreman, then the detached ones (one at a time). */
    uint32_t joined;
    uint32_t detached;

    /* hogs.c. */
    uint32_t hog_turns;
};

extern struct demo_counts demo_counts;

void pipeline_produce(void *unused);
void pipeline_consume(void *unused);

void periodic_run(void *unused);
void workers_supervise(void *unused);
void hogs_supervise(void *unused);
void summary_run(void *unused);
void programs_run(void *unused);

/* console.c: the thread, and where what is typed comes. Above all programs, so that what is typed can end
 * them. */
#define CONSOLE_PRIORITY 37
struct mailbox;
void console_run(void *unused);
struct mailbox *console_mailbox(void);

#endif
