/* SPDX-License-Identifier: MIT */
/* What both builds of the heap are tested on: frames in a row, up to a limit, in memory of the
 * host. The file under test is included, so that a test can put it back to how it starts. */
#ifndef TESTS_UNIT_KERNEL_MM_HEAP_TEST_MACHINE_H
#define TESTS_UNIT_KERNEL_MM_HEAP_TEST_MACHINE_H

#include <stdlib.h>

#include "kernel/mm/heap.c"
#include "kernel/mm/heap_grow.c"
#include "tests/unit/test.h"

#define FRAMES_RUNS 16

static struct {
    uint8_t *memory;
    uint64_t count;
} frames_run[FRAMES_RUNS];
static uint64_t frames_limit; /* bytes in a row that there are */
static unsigned frames_requests;

status_t frame_alloc_contiguous(uint64_t count, uint64_t alignment, paddr_t *first) {
    frames_requests++;
    EXPECT_EQ(alignment % PAGE_SIZE, 0);
    if (count * PAGE_SIZE > frames_limit) {
        return STATUS_NO_MEMORY;
    }
    unsigned run = 0;
    while (frames_run[run].memory != NULL) {
        run++;
        EXPECT(run < FRAMES_RUNS);
    }
    frames_run[run].memory = aligned_alloc(alignment, count * PAGE_SIZE);
    frames_run[run].count = count;
    EXPECT(frames_run[run].memory != NULL);
    *first = paddr((uint64_t)(uintptr_t)frames_run[run].memory);
    return STATUS_OK;
}

status_t frame_free_contiguous(paddr_t first, uint64_t count) {
    EXPECT(!hosted.masked);
    for (unsigned run = 0; run < FRAMES_RUNS; run++) {
        if ((uint64_t)(uintptr_t)frames_run[run].memory == first.value) {
            EXPECT_EQ(frames_run[run].count, count);
            free(frames_run[run].memory);
            frames_run[run].memory = NULL;
            return STATUS_OK;
        }
    }
    return STATUS_FOREIGN;
}

MAYBE_UNUSED static unsigned frames_runs(void) {
    unsigned count = 0;
    for (unsigned run = 0; run < FRAMES_RUNS; run++) {
        count += frames_run[run].memory != NULL;
    }
    return count;
}

/* As at reset, on a machine with that many bytes of frames in a row. */
static void heap_reset(uint64_t limit) {
    for (unsigned run = 0; run < FRAMES_RUNS; run++) {
        free(frames_run[run].memory);
        frames_run[run].memory = NULL;
    }
    region_forget();
    memset(&heap, 0, sizeof(heap));
    hosted_mmu_reset(0);
    hosted.masked = false;
    hosted.in_kernel = false;
    frames_limit = limit;
    frames_requests = 0;
}

static void heap_boot(uint64_t limit) {
    heap_reset(limit);
    hosted.in_kernel = true;
    EXPECT_EQ(heap_init(), STATUS_OK);
    heap_seal_boot();
    hosted.in_kernel = false;
}

static struct heap_stats stats_now(void) {
    struct heap_stats stats;
    heap_stats(&stats);
    return stats;
}

#endif
