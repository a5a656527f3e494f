/* SPDX-License-Identifier: MIT */
/* Over the number of live blocks of the heap, of mixed sizes, and over the number of frames taken. */
#include "bench/curve.h"

#include "kernel/mm/frame.h"
#include "kernel/mm/heap.h"
#include "lib/random.h"

#define BLOCKS_MAX  8192
#define OPERATIONS  1000
#define FRAMES_MAX  32768
#define FRAMES_STEP 300 /* more than four words of the bitmap */

/* A table for the time of a curve: a static one would have to be cleared by every boot. */
static void *table(size_t size) {
    void *block = heap_alloc(size);
    bench_must(block != NULL ? STATUS_OK : STATUS_NO_MEMORY, "heap_alloc");
    return block;
}

static uint64_t any_size(struct random *random) {
    return 16 + random_below(random, 1024 - 16 + 1);
}

/* One more and one of all less, so that the free memory is in pieces. */
static void heap_samples(void **blocks, uint64_t live, struct random *random, struct figure *alloc,
                         struct figure *free) {
    for (unsigned i = 0; i < OPERATIONS; i++) {
        uint64_t size = any_size(random);
        bench_open();
        void *block = heap_alloc(size);
        figure_close(alloc);
        bench_must(block != NULL ? STATUS_OK : STATUS_NO_MEMORY, "heap_alloc");
        blocks[live] = block;
        void **victim = &blocks[random_below(random, live + 1)];
        void *last = *victim;
        *victim = blocks[live];
        bench_open();
        heap_free(last);
        figure_close(free);
    }
}

void curve_heap(void) {
    struct random random;
    random_init(&random, 5);
    void **blocks = table((BLOCKS_MAX + 1) * sizeof *blocks); /* one more during a sample */
    uint64_t live = 0;
    for (uint64_t n = 1; n <= BLOCKS_MAX; n = curve_next(n)) {
        struct figure alloc = {0};
        struct figure free = {0};
        while (live < n) {
            blocks[live++] = heap_alloc(any_size(&random));
        }
        heap_samples(blocks, live, &random, &alloc, &free);
        curve_point("heap_alloc", n, &alloc);
        curve_point("heap_free", n, &free);
    }
    while (live > 0) {
        heap_free(blocks[--live]);
    }
    heap_free(blocks);
}

static void frame_samples(paddr_t *frames, uint64_t taken, struct figure *alloc,
                          struct figure *free) {
    for (uint64_t i = taken; i < taken + FRAMES_STEP; i++) {
        bench_open();
        status_t status = frame_alloc(&frames[i]);
        figure_close(alloc);
        bench_must(status, "frame_alloc");
    }
    for (uint64_t i = taken; i < taken + FRAMES_STEP; i++) {
        bench_open();
        status_t status = frame_free(frames[i]);
        figure_close(free);
        bench_must(status, "frame_free");
    }
}

void curve_frames(void) {
    paddr_t *frames = table((FRAMES_MAX + FRAMES_STEP) * sizeof *frames);
    uint64_t taken = 0;
    for (uint64_t n = 1; n <= FRAMES_MAX; n = curve_next(n)) {
        struct figure alloc = {0};
        struct figure free = {0};
        for (; taken < n; taken++) {
            bench_must(frame_alloc(&frames[taken]), "frame_alloc");
        }
        frame_samples(frames, taken, &alloc, &free);
        curve_point("frame_alloc", n, &alloc);
        curve_point("frame_free", n, &free);
    }
    while (taken > 0) {
        bench_must(frame_free(frames[--taken]), "frame_free");
    }
    heap_free(frames);
}
