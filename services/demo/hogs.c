/* SPDX-License-Identifier: MIT */
/*
 * Two threads of one priority that never wait. Being round robin, they share the CPU by the
 * quantum; being at the bottom, they take nothing from the others. They run for a while every few
 * seconds, so that the machine that plays this one is not busy all the time.
 */
#define LOG_MODULE "hogs"

#include "kernel/console/log.h"
#include "kernel/sched/thread.h"
#include "lib/bound.h"
#include "services/demo/demo.h"

#define HOGS    2
#define RUN_MS  200
#define REST_MS 2800

struct hog {
    uint64_t loops;
    uint32_t turns; /* how often it found that the other had run */
};

static struct hog hogs[HOGS];
static const struct hog *volatile last_to_run;
static volatile bool enough;

static void hog_run(void *argument) {
    struct hog *self = argument;
    while (!enough) {
        self->loops++;
        if (last_to_run != self) {
            last_to_run = self;
            self->turns++;
        }
    }
}

/* Lets the hogs run; false if there was no slot for one. */
static bool hogs_run(void) {
    const struct thread_attributes attributes = {
        .name = "hog", .priority = 0, .policy = THREAD_ROUND_ROBIN};
    thread_id_t ids[HOGS];
    status_t status = STATUS_OK;
    enough = false;
    for (unsigned i = 0; i < HOGS; i++) {
        hogs[i] = (struct hog){0};
        ids[i] = THREAD_ID_NONE;
        if (status == STATUS_OK) {
            status = thread_spawn(hog_run, &hogs[i], &attributes, &ids[i]);
        }
    }
    thread_sleep_ms(RUN_MS);
    enough = true;
    for (unsigned i = 0; i < HOGS; i++) {
        if (thread_join(ids[i], NULL) != STATUS_OK) {
            status = STATUS_NO_SLOT;
        }
    }
    return status == STATUS_OK;
}

void hogs_supervise(void *unused) {
    (void)unused;
    for (;;) {
        thread_sleep_ms(REST_MS);
        if (!hogs_run()) {
            log_warn("no slots for the hogs");
            continue;
        }
        uint64_t loops = hogs[0].loops + hogs[1].loops;
        uint32_t turns = hogs[0].turns + hogs[1].turns;
        uint32_t share = loops == 0 ? 0 : (uint32_t)(hogs[0].loops * 100 / loops);
        demo_counts.hog_turns += turns;
        log_info("two hogs shared %u ms in %u turns: %u%% and %u%%", RUN_MS, turns, share,
                 100 - share);
    }
}
BOUND_STACK(hogs_supervise, 0);
