/* SPDX-License-Identifier: MIT */
/*
 * Hands out physical pages ("frames") by address, and never looks into one. The lowest free address
 * goes first, so that the first page tables lie in memory which the boot tables already map.
 *
 * There is one allocator. Its bookkeeping is one bit for each frame, and above it levels of one bit
 * for each word below that is not zero; it lives in frames that the allocator keeps for itself.
 */
#ifndef KERNEL_MM_FRAME_H
#define KERNEL_MM_FRAME_H

#include "kernel/mm/physical_map.h"
#include "lib/addr.h"
#include "lib/status.h"

struct frame_statistics {
    uint64_t total;       /* frames, without the bookkeeping */
    uint64_t free;        /* now */
    uint64_t lowest_free; /* the fewest there ever were */
};

/* Takes over all usable frames of the map but those it needs for its bookkeeping: these come from
 * `boot_mapped` (which must be reachable now) and are reached through `to_pointer` for good. Boot
 * only; a second call forgets everything. Time: proportional to the bitmaps' words, one for 64
 * frames. INVALID_ARGUMENT: no `to_pointer`; NO_MEMORY: nothing usable, or no room for the
 * bookkeeping within `boot_mapped`; OUT_OF_RANGE: more than CONFIG_MEMORY_MAX. */
MUST_USE status_t frame_init(const struct physical_map *map, struct phys_range boot_mapped,
                             void *(*to_pointer)(paddr_t));

/* The lowest free frame; its content is anything. NO_MEMORY; NOT_INITIALIZED.
 * Any context. O(1): up to 4 levels down and up, 7 of a search among the ranges. */
MUST_USE status_t frame_alloc(paddr_t *frame);

/* Gives a frame back, from either way of allocating. MISALIGNED: not a page's address; FOREIGN: not
 * a frame of ours (or one of the bookkeeping); DOUBLE_FREE: free already; NOT_INITIALIZED. Any
 * context. O(1): as frame_alloc(). */
MUST_USE status_t frame_free(paddr_t frame);

/* `count` frames in a row, the lowest that begin at a multiple of `alignment` bytes (a power of
 * two). INVALID_ARGUMENT: count 0 or a wrong alignment; NO_MEMORY; NOT_INITIALIZED; BUSY: again and
 * again what was free was taken by somebody faster. Boot and thread context: linear in the number
 * of frames. Interrupts are masked only for O(1) at a time, so while this runs others may allocate
 * and free; they see the run taken 64 frames at a time. */
MUST_USE status_t frame_alloc_contiguous(uint64_t count, uint64_t alignment, paddr_t *first);

/* Gives `count` frames in a row back, from either way of allocating. As frame_free(), all or
 * nothing; FOREIGN also where the run leaves its range of RAM; INVALID_ARGUMENT: count 0. Boot and
 * thread context: linear in `count`, interrupts masked only for O(1) at a time. */
MUST_USE status_t frame_free_contiguous(paddr_t first, uint64_t count);

/* Any context, also before frame_init (all zero). O(1). */
void frame_statistics_read(struct frame_statistics *statistics);

/* Where the bookkeeping is; size 0 before frame_init. Any context. O(1). */
struct phys_range frame_bookkeeping(void);

#endif
