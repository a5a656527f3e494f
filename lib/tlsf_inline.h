/* SPDX-License-Identifier: MIT */
/*
 * The two paths that everyone waits for, written for few instructions, and inline for a
 * caller (the kernel's heap) to whom the call itself would be a good part of the cost. All
 * others use lib/tlsf.h.
 */
#ifndef LIB_TLSF_INLINE_H
#define LIB_TLSF_INLINE_H

#include "lib/bound.h"
#include "lib/tlsf_internal.h"

static ALWAYS_INLINE void tlsf_usage_add(struct tlsf *tlsf, uint64_t size) {
    uint64_t usage = tlsf->usage + (size << 28) + 1;
    uint64_t peak = tlsf->peak;
    tlsf->usage = usage;
    tlsf->peak = usage > peak ? usage : peak;
}

static ALWAYS_INLINE void tlsf_usage_subtract(struct tlsf *tlsf, uint64_t size) {
    tlsf->usage -= (size << 28) + 1;
}

/* A free block of `size` bytes or more, still in the list of *class_number, or NULL. */
static ALWAYS_INLINE struct tlsf_block *tlsf_block_find(struct tlsf *tlsf, uint64_t size,
                                                        int64_t *class_number) {
    int64_t first = class_of(size - 1) + 1; /* the first with no block smaller than `size` */
    uintptr_t class_zero = (uintptr_t)tlsf->map + CLASS_WORDS_BELOW * sizeof(tlsf->map[0]);
    __asm__("" : "+r"(class_zero)); /* else this sum is made again at each of its uses */
    const uint64_t *word = (const uint64_t *)class_zero + (first >> 6);
    uint64_t bits = *word & (UINT64_MAX >> (first & 63));
    BOUND_LOOP(find, TLSF_MAP_WORDS); /* the last is not 0 */
    while (bits == 0) {
        BOUND_TURN(find);
        bits = *++word;
    }
    *class_number = (int64_t)((uintptr_t)word - class_zero) * 8 + __builtin_clzll(bits);
    return *class_head(tlsf, *class_number);
}

/* What to ask for when a request is not REQUEST_MIN or up to REQUEST_SPAN more:
 * the least, or nothing. */
static ALWAYS_INLINE uint64_t tlsf_request_unusual(uint64_t size) {
    return size - 1 < REQUEST_MIN ? REQUEST_MIN : 0; /* 0 wraps */
}

/* tlsf_alloc() in place. */
static ALWAYS_INLINE void *tlsf_alloc_inline(struct tlsf *tlsf, size_t size) {
    if (UNLIKELY(size - REQUEST_MIN >= REQUEST_SPAN)) {
        size = tlsf_request_unusual(size);
        if (size == 0) {
            return NULL;
        }
    }
    uint64_t taken = block_size_for(size);
    int64_t class_number;
    struct tlsf_block *block = tlsf_block_find(tlsf, taken, &class_number);
    if (UNLIKELY(block == NULL)) {
        return NULL;
    }
    assert_free_block(block);
    uint64_t size_found = block_size(block);
    uint64_t rest_size = size_found - taken;
    struct tlsf_block *rest = block_at(block, (int64_t)taken);
    if (rest_size < BLOCK_SIZE_MIN) {
        taken = size_found;
        list_leave(tlsf, block);
        block_at(block, (int64_t)taken)->state = STATE_USED;
    } else {
        int64_t rest_class = class_of(rest_size);
        if (rest_class == class_number) {
            list_replace(block, rest);
        } else {
            list_leave(tlsf, block);
            list_join(tlsf, rest, rest_class);
        }
        block_set_free(rest, rest_size);
    }
    block->size = (uint32_t)taken;
    block->state = STATE_USED;
    tlsf_usage_add(tlsf, taken);
    return poison_new_block(block);
}

/* Frees `block` of `size` bytes, merged with the block before already. To stay in the list of the
 * block behind when the class allows is `likely` worth a look, or only delays the longest path. */
static ALWAYS_INLINE void tlsf_block_release(struct tlsf *tlsf, struct tlsf_block *block,
                                             uint64_t size, bool likely) {
    struct tlsf_block *behind = block_at(block, (int64_t)size);
    if (LIKELY(behind->state == STATE_FREE)) {
        uint64_t behind_size = block_size(behind);
        assert_free_block(behind);
        size += behind_size;
        if (likely && LIKELY(is_same_class(behind_size, size))) {
            list_replace(behind, block);
            block_set_free(block, size);
            return;
        }
        list_leave(tlsf, behind);
    } else {
        assert(behind->state == STATE_USED); /* else the memory was written past its end */
        behind->state = STATE_PREVIOUS_FREE;
    }
    list_join(tlsf, block, class_of(size));
    block_set_free(block, size);
}

/* Frees `block`, in STATE_USED. */
static ALWAYS_INLINE void tlsf_block_free_used(struct tlsf *tlsf, struct tlsf_block *block) {
    uint64_t size = block_size(block);
    tlsf_usage_subtract(tlsf, size);
    tlsf_block_release(tlsf, block, size, true);
}

/* tlsf_free() in place, where nothing is out of the ordinary: a block of the first region with a
 * used block before it. False for all else, with nothing done: then tlsf_free() has the answer. */
static ALWAYS_INLINE bool tlsf_free_inline(struct tlsf *tlsf, void *pointer) {
    struct tlsf_block *block = block_of(pointer);
    if (UNLIKELY(!region_holds(&tlsf->region[0], (uintptr_t)pointer)) ||
        UNLIKELY(block->state != STATE_USED)) {
        return false;
    }
    tlsf_block_free_used(tlsf, block);
    return true;
}

#endif
