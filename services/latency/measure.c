/* SPDX-License-Identifier: MIT */
/*
 * Releases are absolute: being late once does not move the next. One that has passed before its
 * thread could wait for it is skipped and counted, as cyclictest does.
 */
#include "lib/bound.h"
#include "services/latency/latency.h"

struct latency_thread latency_threads[LATENCY_THREADS_MAX];

static void latency_count(struct latency_thread *thread, uint64_t late) {
    const uint64_t at = thread->order->nsecs ? late : late / 1000;
    if (thread->count == 0 || late < thread->min) {
        thread->min = late;
    }
    if (late > thread->max) {
        thread->max = late;
    }
    thread->last = late;
    thread->sum += late;
    thread->count++;
    if (at < thread->order->bins) {
        thread->bins[at]++;
    } else if (thread->order->bins != 0) {
        thread->overflows++;
    }
}

void latency_measure(void *argument) {
    struct latency_thread *thread = argument;
    const uint64_t loops = thread->order->loops;
    for (uint64_t i = 0; i < loops; i++) {
        const instant_t release = {thread->next};
        thread_sleep_until(release);
        const instant_t now = time_now();
        latency_count(thread, now.ticks - release.ticks);
        instant_t next = instant_add(release, thread->interval);
        while (!instant_before(time_now(), next)) {
            next = instant_add(next, thread->interval);
            thread->missed++;
        }
        thread->next = next.ticks;
    }
    thread->next = UINT64_MAX;
}
BOUND_STACK(latency_measure, 0);
