/* SPDX-License-Identifier: MIT */
/* What a trace costs: a mark where nobody traces, and in a build that can, marks and switches. */
#include "bench/bench.h"

#include "kernel/mm/heap.h"
#include "kernel/trace/trace.h"

static struct figure mark_off = {.name = "trace_mark_off"};
static struct figure mark_on = {.name = "trace_mark_on"};
static struct figure yield_on = {.name = "trace_yield_switch_on"};
static struct figure record_read = {.name = "trace_read"};

static struct trace_ring *ring; /* of the heap: the boot clears what is static */

static void marks(void *argument) {
    bool more = true;
    while (more) {
        bench_open();
        trace_mark("bench", 1);
        more = figure_add(argument, bench_close());
    }
}

static void yields(void *argument) {
    bool more = true;
    while (more) {
        bench_open();
        thread_yield();
        more = figure_add(argument, bench_close());
    }
}

static void reads(void *argument) {
    struct trace_record record;
    uint64_t lost;
    bool more = true;
    while (more) {
        trace_mark("bench", 1);
        bench_open();
        status_t status = trace_read(ring, &record, &lost);
        more = figure_add(argument, bench_close());
        bench_must(status, "read");
    }
}

void bench_trace(void) {
    ring = heap_alloc(sizeof *ring);
    bench_must(ring != NULL ? STATUS_OK : STATUS_NO_MEMORY, "a ring");
    bench_join(bench_spawn(marks, &mark_off, BENCH_LOW));
    figure_print(&mark_off);
    if (!CONFIG_TRACE) {
        heap_free(ring);
        return;
    }
    bench_must(trace_start(ring, TRACE_OVERWRITE), "start");
    bench_join(bench_spawn(marks, &mark_on, BENCH_LOW));
    thread_id_t first = bench_spawn(yields, &yield_on, BENCH_LOW);
    bench_join(bench_spawn(yields, &yield_on, BENCH_LOW));
    bench_join(first);
    bench_join(bench_spawn(reads, &record_read, BENCH_LOW));
    bench_must(trace_stop(), "stop");
    heap_free(ring);
    figure_print(&mark_on);
    figure_print(&yield_on);
    figure_print(&record_read);
}
