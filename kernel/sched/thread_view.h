/* SPDX-License-Identifier: MIT */
/* What there is of threads, for who shows them: slot by slot, each as it is at one moment. */
#ifndef KERNEL_SCHED_THREAD_VIEW_H
#define KERNEL_SCHED_THREAD_VIEW_H

#include "kernel/sched/thread.h"

/* Bytes of a name that are shown, with the NUL. Reason: as many as a process has. */
#define THREAD_VIEW_NAME 24

enum thread_view_state {
    THREAD_VIEW_RUNS,
    THREAD_VIEW_READY,
    THREAD_VIEW_WAITS,      /* for somebody else */
    THREAD_VIEW_WAITS_TIME, /* for that or for a moment, or a moment alone */
    THREAD_VIEW_WAITS_ANY,  /* for one of several objects */
    THREAD_VIEW_SUSPENDED,  /* ready, were it not for that */
    THREAD_VIEW_ENDED,      /* and not joined yet */
};

struct thread_view {
    thread_id_t id;
    uint8_t state; /* enum thread_view_state */
    uint8_t priority;
    uint8_t base_priority;
    bool is_counted; /* and `ran` says how long it has run since that */
    duration_t ran;
    char name[THREAD_VIEW_NAME]; /* cut off if it is longer */
};

/* Looks at the thread of slot `slot`, 0 to thread_slots_total() - 1. NOT_FOUND: there is none;
 * OUT_OF_RANGE: no such slot; both leave `view` alone. O(1). */
MUST_USE status_t thread_view_of(unsigned slot, struct thread_view *view) IRQ_UNMASKED;

#endif
