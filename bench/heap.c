/* SPDX-License-Identifier: MIT */
/* The kernel heap: one size again and again, and the worst of a random mix. */
#include "bench/bench.h"

#include "kernel/mm/heap.h"
#include "lib/random.h"

#define MIX_OPERATIONS 10000
#define MIX_SLOTS      128

static struct figure alloc_64 = {.name = "heap_alloc_64"};
static struct figure free_64 = {.name = "heap_free_64"};
static struct figure mix_alloc = {.name = "heap_mix_alloc_max"};
static struct figure mix_free = {.name = "heap_mix_free_max"};

static void measure_fixed(void) {
    bool more = true;
    while (more) {
        bench_open();
        void *block = heap_alloc(64);
        uint64_t allocated = bench_close();
        bench_open();
        heap_free(block);
        uint64_t freed = bench_close();
        figure_add(&alloc_64, allocated);
        more = figure_add(&free_64, freed);
    }
}

static void measure_mix(void) {
    static void *slots[MIX_SLOTS];
    struct random random;
    random_init(&random, 1);
    for (unsigned i = 0; i < bench_samples(MIX_OPERATIONS); i++) {
        void **slot = &slots[random_below(&random, MIX_SLOTS)];
        if (*slot != NULL) {
            bench_open();
            heap_free(*slot);
            figure_close(&mix_free);
            *slot = NULL;
        } else {
            uint64_t size = 16 + random_below(&random, 1024 - 16 + 1);
            bench_open();
            *slot = heap_alloc(size);
            figure_close(&mix_alloc);
        }
    }
    for (unsigned i = 0; i < MIX_SLOTS; i++) {
        if (slots[i] != NULL) {
            heap_free(slots[i]);
        }
    }
}

void bench_heap(void) {
    measure_fixed();
    measure_mix();
    figure_print(&alloc_64);
    figure_print(&free_64);
    figure_print(&mix_alloc);
    figure_print(&mix_free);
}
