/* SPDX-License-Identifier: MIT */
/* From a software line's trigger, in a thread that spins, to the first instruction of the thread that
 * serves the line; and what a short handler costs the thread that it interrupts. */
#include "bench/bench.h"
#include "kernel/ipc/irq_line.h"
#include "lib/bound.h"

#define LINE 5

static struct figure to_thread = {.name = "irq_to_thread"};
static struct figure to_handler = {.name = "irq_handled"};

static volatile bool stop;

static void server(void *argument) {
    (void)argument;
    bool more = true;
    while (more && irq_wait(LINE) == STATUS_OK) {
        more = figure_add(&to_thread, bench_close());
    }
    stop = true;
}

static void triggers(void *argument) {
    (void)argument;
    while (!stop) {
        bench_open();
        bench_must(irq_trigger(LINE), "trigger");
    }
}

static void measure_thread(void) {
    const struct irq_line_attributes attributes = {.priority = BENCH_HIGH};
    stop = false;
    thread_id_t high = bench_spawn(server, NULL, BENCH_HIGH);
    bench_must(irq_line_bind(LINE, &attributes, high), "bind");
    thread_id_t low = bench_spawn(triggers, NULL, BENCH_LOW);
    bench_join(high);
    bench_join(low);
    bench_must(irq_line_unbind(LINE), "unbind");
    figure_print(&to_thread);
}

static volatile bool handled;

static void notes(void *argument) {
    (void)argument;
    handled = true;
}
BOUND_CALLEE(irq_line_handler, notes);

/* The interrupt comes at the instruction behind the trigger's store. */
static void interrupted(void *argument) {
    (void)argument;
    bool more = true;
    while (more) {
        handled = false;
        bench_open();
        bench_must(irq_trigger(LINE), "trigger");
        while (!handled) {
        }
        more = figure_add(&to_handler, bench_close());
    }
}

static void measure_handler(void) {
    const struct irq_line_attributes attributes = {.priority = BENCH_HIGH};
    bench_must(irq_line_handle(LINE, &attributes, notes, NULL), "handle");
    bench_join(bench_spawn(interrupted, NULL, BENCH_LOW));
    bench_must(irq_line_unbind(LINE), "unbind");
    figure_print(&to_handler);
}

void bench_lines(void) {
    measure_thread();
    measure_handler();
}
