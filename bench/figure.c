/* SPDX-License-Identifier: MIT */
/* Collecting samples and printing them. */
#include "bench/bench.h"

#include "kernel/app.h"
#include "kernel/console/console.h"
#include "lib/format.h"
#include "lib/string.h"

#define SHORT_SHARE 20

volatile uint64_t bench_start;
static uint64_t empty_window;
static bool is_short;

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
    const char *value = app_argument("short");
    is_short = value != NULL && strcmp(value, "1") == 0;
}

uint64_t bench_samples(uint64_t full) {
    return !is_short ? full : full < SHORT_SHARE ? 1 : full / SHORT_SHARE;
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
    uint64_t wanted = bench_samples(BENCH_SAMPLES);
    if (figure->count < wanted) {
        figure_add_value(figure, reading - empty_window);
    }
    return figure->count < wanted;
}

void figure_print(const struct figure *figure) {
    char line[120];
    uint64_t thousandths = figure->sum * 1000 / figure->count;
    format_buffer(line, sizeof line, "record figure %s %llu.%03llu %llu %llu\n", figure->name,
                  (unsigned long long)(thousandths / 1000),
                  (unsigned long long)(thousandths % 1000), (unsigned long long)figure->min,
                  (unsigned long long)figure->max);
    print_line(line);
}

void bench_record(const char *kind, const char *name, uint64_t at, uint64_t value) {
    char line[120];
    format_buffer(line, sizeof line, "record %s %s %llu %llu\n", kind, name, (unsigned long long)at,
                  (unsigned long long)value);
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
