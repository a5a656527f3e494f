/* SPDX-License-Identifier: MIT */
/* Where the memory comes from, and how much of it there is. */
#include "lib/tlsf_internal.h"

#define REGION_MIN UINT64_C(80) /* one block, the sentinel, and what aligning may cost */

_Static_assert(sizeof(((struct tlsf *)0)->head) <= STRING_BLOCK_MAX, "see tlsf_init");

void tlsf_init(struct tlsf *tlsf) {
    /* In two parts: either is within STRING_BLOCK_MAX. */
    memset(tlsf, 0, offsetof(struct tlsf, head));
    memset(tlsf->head, 0, sizeof(tlsf->head));
    tlsf->map[TLSF_MAP_WORDS] = BIT(63);
}

static bool region_overlaps(const struct tlsf_region *region, uintptr_t start, uintptr_t end) {
    uintptr_t region_start = region->first - MEMORY_OFFSET;
    uintptr_t region_end = region->first + region->granules * GRANULE; /* past the sentinel */
    return region->granules != 0 && start < region_end && region_start < end;
}

status_t tlsf_add_region(struct tlsf *tlsf, void *start, size_t size) {
    uintptr_t first = (uintptr_t)start;
    if (size < REGION_MIN || size > TLSF_REGION_MAX || first > UINTPTR_MAX - size) {
        return STATUS_OUT_OF_RANGE;
    }
    uintptr_t end = align_down(first + size, GRANULE);
    first = align_up(first, GRANULE);
    struct tlsf_region *unused = NULL;
    BOUND_LOOP(regions, TLSF_REGIONS_MAX);
    for (unsigned i = TLSF_REGIONS_MAX; i-- != 0;) {
        BOUND_TURN(regions);
        struct tlsf_region *region = &tlsf->region[i];
        if (region_overlaps(region, first, end)) {
            return STATUS_OVERLAP;
        }
        unused = region->granules == 0 ? region : unused;
    }
    if (unused == NULL) {
        return STATUS_FULL;
    }
    struct tlsf_block *block = block_at((void *)first, 0);
    struct tlsf_block *sentinel = block_at((void *)end, -(int64_t)MEMORY_OFFSET);
    uint64_t block_bytes = (uintptr_t)sentinel - first;
    sentinel->size = 0;
    sentinel->state = STATE_PREVIOUS_FREE;
    unused->first = first + MEMORY_OFFSET;
    unused->granules = block_bytes / GRANULE;
    list_join(tlsf, block, class_of(block_bytes));
    block_set_free(block, block_bytes);
    return STATUS_OK;
}

status_t tlsf_remove_region(struct tlsf *tlsf, unsigned number, void **start, size_t *size) {
    if (number == 0 || number >= TLSF_REGIONS_MAX) {
        return STATUS_OUT_OF_RANGE;
    }
    struct tlsf_region *region = &tlsf->region[number];
    if (region->granules == 0) {
        return STATUS_NOT_FOUND;
    }
    struct tlsf_block *block = block_of((void *)region->first);
    uint64_t bytes = region->granules * GRANULE;
    if (block->state != STATE_FREE || block_size(block) != bytes) {
        return STATUS_BUSY;
    }
    assert_free_block(block);
    list_leave(tlsf, block);
    *start = block;
    *size = bytes + MEMORY_OFFSET; /* and the sentinel */
    *region = (struct tlsf_region){0};
    return STATUS_OK;
}

/* The greatest request that a block of the highest class with blocks is sure to hold; 0 when there
 * is none. */
static uint64_t largest_free(const struct tlsf *tlsf) {
    BOUND_LOOP(words, TLSF_MAP_WORDS);
    for (unsigned word = TLSF_MAP_WORDS; word-- != 0;) {
        BOUND_TURN(words);
        if (tlsf->map[word] != 0) {
            uint64_t row_and_step = word * 64 + 63 - bits_lowest(tlsf->map[word]);
            uint64_t row = row_and_step / 16 - 1; /* 0: below 256; the classes start in row 1 */
            uint64_t step = row_and_step % 16;
            uint64_t size = row == 0 ? step * GRANULE : (16 + step) << (row + 3);
            return size - BLOCK_OVERHEAD;
        }
    }
    return 0;
}

void tlsf_stats(const struct tlsf *tlsf, struct tlsf_stats *stats) {
    *stats = (struct tlsf_stats){0};
    BOUND_LOOP(capacity, TLSF_REGIONS_MAX);
    for (unsigned i = 0; i < TLSF_REGIONS_MAX; i++) {
        BOUND_TURN(capacity);
        stats->capacity += tlsf->region[i].granules * GRANULE;
    }
    stats->used = (tlsf->usage >> 32) * GRANULE;
    stats->free = stats->capacity - stats->used;
    stats->peak = (tlsf->peak >> 32) * GRANULE;
    stats->blocks = tlsf->usage & UINT32_MAX;
    stats->largest_free = largest_free(tlsf);
}
