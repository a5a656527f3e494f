/* SPDX-License-Identifier: MIT */
/* A pool of 64-byte blocks: one taken and given back. */
#include "bench/bench.h"

#include "kernel/mm/pool.h"

#define BLOCK  64
#define BLOCKS 8

static struct figure alloc_free = {.name = "pool_alloc_free"};
static uint8_t storage[POOL_STORAGE_SIZE(BLOCK, BLOCKS)] ALIGNED(POOL_ALIGNMENT);
static struct pool pool;

static void measure(void *argument) {
    (void)argument;
    bool more = true;
    while (more) {
        void *block = NULL;
        bench_open();
        status_t taken = pool_alloc(&pool, &block);
        status_t given = pool_free(&pool, block);
        uint64_t reading = bench_close();
        bench_must(taken, "alloc");
        bench_must(given, "free");
        more = figure_add(&alloc_free, reading);
    }
}

void bench_pool(void) {
    bench_must(pool_init(&pool, storage, sizeof storage, BLOCK, BLOCKS), "init");
    bench_join(bench_spawn(measure, NULL, BENCH_LOW));
    figure_print(&alloc_free);
}
