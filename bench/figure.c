/* SPDX-License-Identifier: MIT */
/* Collecting samples and printing them. */
#include "bench/bench.h"

#include "kernel/app.h"
#include "kernel/console/console.h"
#include "lib/format.h"
#include "lib/string.h"

volatile uint64_t bench_start;
static uint64_t empty_window;

static void print_line(const char *line) {
    console_write(line, strlen(line));
}

void bench_init(void) {
    /* PMCR_EL0: enable, reset the cycle counter. PMCNTENSET_EL0: bit 31, the cycle counter. */
    __asm__ volatile("msr pmcr_el0, %0" ::"r"(UINT64_C(5)));
    __asm__ volatile("msr pmcntenset_el0, %0\n\tisb" ::"r"(UINT64_C(1) << 31));
    for (unsigned i = 0; i < BENCH_WARM_UP; i++) {
        bench_open();
        empty_window = bench_close();
    }
}

uint64_t bench_empty(void) {
    return empty_window;
}

void figure_add_value(struct figure *figure, uint64_t value) {
    if (figure->count == 0 || value < figure->min) {
        figure->min = value;
    }
    if (figure->count == 0 || value > figure->max) {
        figure->max = value;
    }
    figure->sum += value;
    figure->count++;
}

bool figure_add(struct figure *figure, uint64_t reading) {
    if (figure->warm < BENCH_WARM_UP) {
        figure->warm++;
        return true;
    }
    if (figure->count < BENCH_SAMPLES) {
        figure_add_value(figure, reading - empty_window);
    }
    return figure->count < BENCH_SAMPLES;
}

void figure_print(const struct figure *figure) {
    char line[120];
    uint64_t thousandths = figure->sum * 1000 / figure->count;
    format_buffer(line, sizeof line, "figure %s %llu.%03llu %llu %llu\n", figure->name,
                  (unsigned long long)(thousandths / 1000),
                  (unsigned long long)(thousandths % 1000), (unsigned long long)figure->min,
                  (unsigned long long)figure->max);
    print_line(line);
}

void bench_must(status_t status, const char *what) {
    if (status != STATUS_OK) {
        char line[120];
        format_buffer(line, sizeof line, "bench: %s: %s\n", what, status_name(status));
        print_line(line);
        app_exit(1);
    }
}

thread_id_t bench_spawn(thread_entry entry, void *argument, uint8_t priority) {
    thread_id_t id;
    struct thread_attributes attributes = {.name = "bench", .priority = priority};
    bench_must(thread_spawn(entry, argument, &attributes, &id), "spawn");
    return id;
}

void bench_join(thread_id_t id) {
    bench_must(thread_join(id, NULL), "join");
}
