/* SPDX-License-Identifier: MIT */
/*
 * Releases are absolute: being late once does not move the next. One that has passed before its
 * thread could wait for it is skipped and counted, as cyclictest does.
 */
#include "lib/bound.h"
#include "services/latency/latency.h"

struct latency_thread latency_threads[LATENCY_THREADS_MAX];

void latency_first_set(const struct latency_order *order, instant_t start) {
    for (unsigned i = 0; i < order->threads; i++) {
        latency_threads[i].first = instant_add(start, latency_threads[i].interval).ticks;
    }
}

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
    instant_t release = {thread->first};
    for (uint64_t i = 0; i < loops; i++) {
        thread_sleep_until(release);
        const instant_t now = time_now();
        latency_count(thread, now.ticks - release.ticks);
        release = instant_add(release, thread->interval);
        while (!instant_before(time_now(), release)) {
            release = instant_add(release, thread->interval);
            thread->missed++;
        }
    }
}
BOUND_STACK(latency_measure, 0);
