/* SPDX-License-Identifier: MIT */
/* The frame allocator's one state, for its two files. What the bits mean is drawn in frame.c. */
#ifndef KERNEL_MM_FRAME_INTERNAL_H
#define KERNEL_MM_FRAME_INTERNAL_H

#include "kernel/mm/frame.h"

#define FRAME_WORD_BITS 64
#define FRAME_COUNT_MAX (CONFIG_MEMORY_MAX / PAGE_SIZE)
#define FRAME_WORDS_MAX (FRAME_COUNT_MAX / FRAME_WORD_BITS) /* of level 0 */
#define FRAME_LEVELS_MAX                                                                           \
    (FRAME_COUNT_MAX <= UINT64_C(1) << 18 ? 3 : FRAME_COUNT_MAX <= UINT64_C(1) << 24 ? 4 : 5)
#define FRAME_RANGES_MAX   (PHYSICAL_MAP_RANGES_MAX + 1) /* the bookkeeping may split one */
#define FRAME_SEARCH_STEPS 7                             /* 2^7 > FRAME_RANGES_MAX */
_Static_assert(FRAME_COUNT_MAX <= UINT64_C(1) << 30, "64^5 frames: CONFIG_MEMORY_MAX");
_Static_assert(FRAME_RANGES_MAX < 1 << FRAME_SEARCH_STEPS, "a search among ranges has more steps");

struct frame_range {
    uint64_t start;  /* physical address */
    uint64_t number; /* of its first frame */
    uint64_t count;  /* frames, > 0 */
};

struct frame_allocator {
    /* constant after init */
    struct frame_range range[FRAME_RANGES_MAX]; /* ascending */
    uint32_t range_count;
    uint32_t level_count; /* 0: not initialised */
    uint64_t *level[FRAME_LEVELS_MAX];
    uint64_t total; /* frames */
    struct phys_range bookkeeping;
    /* changed with interrupts masked; single words may be read without */
    uint64_t free;
    uint64_t lowest_free;
};

extern struct frame_allocator frames;

#endif
