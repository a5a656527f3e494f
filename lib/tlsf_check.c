/* SPDX-License-Identifier: MIT */
/* The heap looked at from both sides, by address and by list, which must agree. Trusts no pointer
 * it finds. */
#include "lib/tlsf_internal.h"

struct count {
    uint64_t blocks;
    uint64_t used_bytes;
    uint64_t used_blocks;
    uint64_t free_blocks;
};

static bool is_block(const struct tlsf *tlsf, const struct tlsf_block *block) {
    BOUND_LOOP(is_block, TLSF_REGIONS_MAX);
    for (unsigned i = 0; i < TLSF_REGIONS_MAX; i++) {
        BOUND_TURN(is_block);
        if (region_holds(&tlsf->region[i], (uintptr_t)block + MEMORY_OFFSET)) {
            return true;
        }
    }
    return false;
}

/* A free block's class bit is set, and it leads to a place that leads to it. */
static bool check_links(const struct tlsf *tlsf, const struct tlsf_block *block) {
    int64_t class_number = class_of(block->size);
    uintptr_t head = (uintptr_t)tlsf->head +
                     (uintptr_t)(class_number + CLASS_WORDS_BELOW * 64) * sizeof(tlsf->head[0]);
    uintptr_t back = (uintptr_t)block->back;
    const struct tlsf_block *before = block_at((void *)back, -(int64_t)MEMORY_OFFSET);
    if (back != head && (!is_block(tlsf, before) || before->state != STATE_FREE ||
                         class_of(before->size) != class_number)) {
        return false;
    }
    return *block->back == block &&
           (tlsf->map[(class_number >> 6) + CLASS_WORDS_BELOW] & class_bit(class_number)) != 0;
}

static bool check_region(const struct tlsf *tlsf, const struct tlsf_region *region,
                         struct count *count) {
    const struct tlsf_block *block = block_of((void *)region->first);
    const struct tlsf_block *previous = NULL; /* when that is free */
    uint64_t left = region->granules * GRANULE;
    BOUND_LOOP(region_blocks,
               TLSF_CHECK_BLOCKS_MAX + 1); /* the last finds that there are too many */
    while (left != 0) {
        BOUND_TURN(region_blocks);
        uint64_t size = block->size;
        if (count->blocks++ == TLSF_CHECK_BLOCKS_MAX || size < BLOCK_SIZE_MIN ||
            size % GRANULE != 0 || size > left) {
            return false;
        }
        if (block->state == STATE_FREE) {
            if (previous != NULL || !check_links(tlsf, block)) {
                return false;
            }
            count->free_blocks++;
        } else {
            if (block->state != (previous == NULL ? STATE_USED : STATE_PREVIOUS_FREE)) {
                return false;
            }
            count->used_bytes += size;
            count->used_blocks++;
        }
        if (previous != NULL && block->previous != previous) {
            return false;
        }
        previous = block->state == STATE_FREE ? block : NULL;
        left -= size;
        block = block_at(block, (int64_t)size);
    }
    return block->size == 0 &&
           block->state == (previous == NULL ? STATE_USED : STATE_PREVIOUS_FREE) &&
           (previous == NULL || block->previous == previous);
}

/* The lists hold `free_blocks` blocks, all free, and no bit is set without a list, nor
 * cleared with one. */
static bool check_lists(const struct tlsf *tlsf, uint64_t free_blocks) {
    BOUND_LIMIT(lists_total, TLSF_CHECK_BLOCKS_MAX + 1); /* the last is not in the regions */
    BOUND_LOOP(lists, TLSF_MAP_WORDS * 64);
    for (unsigned i = 0; i < TLSF_MAP_WORDS * 64; i++) {
        BOUND_TURN(lists);
        bool bit = (tlsf->map[i / 64] & (BIT(63) >> (i % 64))) != 0;
        const struct tlsf_block *block = tlsf->head[i];
        if (bit != (block != NULL)) {
            return false;
        }
        BOUND_LOOP(list_blocks, TLSF_CHECK_BLOCKS_MAX + 1);
        for (; block != NULL; block = block->next) {
            BOUND_TURN(list_blocks);
            BOUND_PATH(lists_total);
            if (!is_block(tlsf, block) || block->state != STATE_FREE || free_blocks-- == 0) {
                return false;
            }
        }
    }
    return free_blocks == 0 && tlsf->map[TLSF_MAP_WORDS] == BIT(63) &&
           tlsf->head[TLSF_MAP_WORDS * 64] == NULL;
}

bool tlsf_check(const struct tlsf *tlsf) {
    struct count count = {0};
    BOUND_LOOP(regions, TLSF_REGIONS_MAX);
    for (unsigned i = 0; i < TLSF_REGIONS_MAX; i++) {
        BOUND_TURN(regions);
        const struct tlsf_region *region = &tlsf->region[i];
        if (region->granules != 0 && !check_region(tlsf, region, &count)) {
            return false;
        }
    }
    uint64_t usage = (count.used_bytes << 28) + count.used_blocks;
    return tlsf->usage == usage && tlsf->peak >= usage && check_lists(tlsf, count.free_blocks);
}
