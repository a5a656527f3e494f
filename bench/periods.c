/* SPDX-License-Identifier: MIT */
/* Periodic threads: from a release to the job's first instruction; a wait whose release is past; and
 * from a deadline to the first instruction of who is told. One tick is one instruction here. */
#include "bench/bench.h"

#include "kernel/sched/edf.h"
#include "kernel/sync/miss_box.h"

#define PERIOD 5000

static struct figure released = {.name = "periodic_release"};
static struct figure due = {.name = "periodic_wait_due"};
static struct figure told = {.name = "deadline_miss_to_handler"};
static struct figure released_first = {.name = "edf_release_over_one"};
static struct figure released_among = {.name = "edf_release_over_six"};
static struct figure begun = {.name = "periodic_begin"};

static volatile bool stop;
static struct miss_box box;

static void spins(void *argument) {
    (void)argument;
    while (!stop) {
    }
}

/* The latency of each job, as the thread itself sees it. */
static void releases(void *argument) {
    const struct periodic_attributes attributes = {.first = time_after(time_ticks(PERIOD)),
                                                   .period = {PERIOD}};
    uint64_t when = attributes.first.ticks;
    (void)argument;
    bench_must(periodic_begin(&attributes), "begin");
    for (uint64_t job = 0; job < BENCH_WARM_UP + bench_samples(BENCH_SAMPLES); job++) {
        bench_must(periodic_wait(NULL), "wait");
        uint64_t latency = time_now().ticks - when;
        if (job >= BENCH_WARM_UP) {
            figure_add_value(&released, latency);
        }
        when += PERIOD;
    }
}

/* Each job is as long as the period: the next one is due. */
static void overruns(void *argument) {
    struct periodic_attributes attributes = {.period = {PERIOD}, .deadline = {10 * PERIOD}};
    bool more = true;
    (void)argument;
    while (more) {
        attributes.first = time_now();
        bench_open();
        status_t status = periodic_begin(&attributes);
        figure_add(&begun, bench_close());
        bench_must(status, "begin");
        bench_open();
        status = periodic_wait(NULL);
        more = figure_add(&due, bench_close());
        bench_must(status, "wait");
    }
}

static void misses(void *argument) {
    const struct periodic_attributes attributes = {.first = time_after(time_ticks(PERIOD)),
                                                   .period = {2 * PERIOD},
                                                   .deadline = {PERIOD},
                                                   .tells = &box};
    (void)argument;
    bench_must(periodic_begin(&attributes), "begin");
    while (!stop) {
        bench_must(periodic_wait(NULL), "wait");
        instant_t end = time_after(time_ticks(PERIOD + PERIOD / 2));
        while (instant_before(time_now(), end)) {
        }
    }
}

static void handles(void *argument) {
    struct deadline_miss miss;
    (void)argument;
    for (uint64_t i = 0; i < bench_samples(BENCH_SAMPLES); i++) {
        bench_must(miss_box_wait(&box, &miss), "told");
        figure_add_value(&told, time_now().ticks - miss.deadline.ticks);
    }
    stop = true;
    (void)miss_box_close(&box);
}

/* --- By deadline: a release while another of the level runs, which has more time, among others. ------ */

#define OTHERS 6

static void has_more_time(void *argument) {
    (void)argument;
    edf_set_deadline((instant_t){UINT64_MAX - 1});
    while (!stop) {
    }
}

static void releases_by_deadline(void *argument) {
    const struct periodic_attributes attributes = {.first = time_after(time_ticks(PERIOD)),
                                                   .period = {PERIOD},
                                                   .deadline = {PERIOD},
                                                   .by_deadline = true};
    uint64_t when = attributes.first.ticks;
    (void)argument;
    bench_must(periodic_begin(&attributes), "begin");
    for (uint64_t job = 0; job < BENCH_WARM_UP + bench_samples(BENCH_SAMPLES); job++) {
        bench_must(periodic_wait(NULL), "wait");
        uint64_t latency = time_now().ticks - when;
        if (job >= BENCH_WARM_UP) {
            figure_add_value(argument, latency);
        }
        when += PERIOD;
    }
    stop = true;
}

static void measure_by_deadline(struct figure *figure, unsigned others) {
    thread_id_t ids[OTHERS];
    stop = false;
    for (unsigned i = 0; i < others; i++) {
        ids[i] = bench_spawn(has_more_time, NULL, BENCH_MIDDLE);
    }
    bench_join(bench_spawn(releases_by_deadline, figure, BENCH_MIDDLE));
    for (unsigned i = 0; i < others; i++) {
        bench_join(ids[i]);
    }
    figure_print(figure);
}

void bench_periods(void) {
    stop = false;
    thread_id_t lowest = bench_spawn(spins, NULL, THREAD_PRIORITY_MIN);
    bench_join(bench_spawn(releases, NULL, BENCH_HIGH));
    bench_join(bench_spawn(overruns, NULL, BENCH_HIGH));
    bench_must(miss_box_init(&box), "init");
    thread_id_t handler = bench_spawn(handles, NULL, BENCH_HIGH);
    bench_join(bench_spawn(misses, NULL, BENCH_LOW));
    bench_join(handler);
    bench_join(lowest);
    figure_print(&released);
    figure_print(&begun);
    figure_print(&due);
    figure_print(&told);
    measure_by_deadline(&released_first, 1);
    measure_by_deadline(&released_among, OTHERS);
}
