/* SPDX-License-Identifier: MIT */
/*
 * Over the number of armed deadlines, the measured one among them. The others are armed here as a
 * waiting thread's is, but belong to no thread, so that there can be as many as the heap of events
 * has room for. They stand at random moments an hour away. To arm and to cancel is tried with a
 * deadline in every gap between theirs.
 */
#include "arch/cpu.h"
#include "bench/crowd.h"
#include "bench/curve.h"
#include "kernel/mm/heap.h"
#include "kernel/time/timed_event.h"
#include "lib/random.h"

#define DEADLINES_MAX (CONFIG_THREAD_SLOTS - 2) /* the heap of events has no room for more */
#define ROUNDS        8
#define HOUR          UINT64_C(3600000000000) /* ticks: one is a nanosecond in exact mode */

struct deadlines {
    struct timed_event others[DEADLINES_MAX];
    instant_t gaps[DEADLINES_MAX];
    unsigned count; /* of the others */
};

static volatile bool expire_stop;

/* Keeps the CPU from waiting: see bench/timers.c. */
static void spinner(void *argument) {
    (void)argument;
    while (!expire_stop) {
    }
}

static void sleeper(void *argument) {
    struct figure *figure = argument;
    for (unsigned i = 0; i < ROUNDS; i++) {
        instant_t when = time_after(time_ticks(4000));
        thread_sleep_until(when);
        figure_add_value(figure, time_now().ticks - when.ticks);
    }
    expire_stop = true;
}

static void measure_expire(struct figure *figure) {
    expire_stop = false;
    thread_id_t low = bench_spawn(spinner, NULL, BENCH_LOW);
    bench_join(bench_spawn(sleeper, figure, BENCH_HIGH));
    bench_join(low);
}

static void deadlines_add(struct deadlines *deadlines, struct random *random) {
    struct timed_event *event = &deadlines->others[deadlines->count++];
    instant_t when = time_after(time_ticks(HOUR + random_below(random, HOUR)));
    arch_irq_mask();
    timed_event_arm_irq(arch_cpu_self(), event, TIMED_EVENT_WAKE, when);
    arch_irq_unmask();
}

static void deadlines_cancel(struct deadlines *deadlines) {
    while (deadlines->count > 0) {
        arch_irq_mask();
        timed_event_cancel_irq(arch_cpu_self(), &deadlines->others[--deadlines->count]);
        arch_irq_unmask();
    }
}

/* One moment right before each of the others, and one behind the last. */
static unsigned deadlines_fill_gaps(struct deadlines *deadlines) {
    uint64_t last = time_now().ticks + HOUR;
    for (unsigned i = 0; i < deadlines->count; i++) {
        uint64_t moment = deadlines->others[i].node.key;
        deadlines->gaps[i] = (instant_t){moment - 1};
        last = moment > last ? moment : last;
    }
    deadlines->gaps[deadlines->count] = (instant_t){last + 1};
    return deadlines->count + 1;
}

void curve_timers(void) {
    struct random random;
    random_init(&random, 11);
    struct deadlines *deadlines = heap_alloc(sizeof *deadlines);
    bench_must(deadlines != NULL ? STATUS_OK : STATUS_NO_MEMORY, "heap_alloc");
    *deadlines = (struct deadlines){0};
    for (uint64_t n = 1; n <= DEADLINES_MAX; n = n < CONFIG_THREAD_SLOTS ? n + 1 : curve_next(n)) {
        while (deadlines->count < n - 1) {
            deadlines_add(deadlines, &random);
        }
        struct figure expire = {0};
        struct pair pair = {.box = crowd_box_fresh(),
                            .deadlines = deadlines->gaps,
                            .rounds = deadlines_fill_gaps(deadlines)};
        pair_run(&pair);
        measure_expire(&expire);
        curve_point("timer_arm", n, &pair.block);
        curve_point("timer_cancel", n, &pair.wake);
        curve_point("timer_expire", n, &expire);
    }
    deadlines_cancel(deadlines);
    heap_free(deadlines);
}
