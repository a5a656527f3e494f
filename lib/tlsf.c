/* SPDX-License-Identifier: MIT */
/* Allocation and release, aligned or not; the common paths of both are in lib/tlsf_inline.h. */
#include "lib/tlsf_inline.h"

void *tlsf_alloc(struct tlsf *tlsf, size_t size) {
    return tlsf_alloc_inline(tlsf, size);
}

void tlsf_block_trim(struct tlsf *tlsf, struct tlsf_block *block, uint64_t size, uint64_t taken) {
    struct tlsf_block *behind = block_at(block, (int64_t)size);
    if (size - taken < BLOCK_SIZE_MIN) {
        block->size = (uint32_t)size;
        behind->state = STATE_USED;
        return;
    }
    struct tlsf_block *rest = block_at(block, (int64_t)taken);
    block->size = (uint32_t)taken;
    behind->state = STATE_PREVIOUS_FREE;
    list_join(tlsf, rest, class_of(size - taken));
    block_set_free(rest, size - taken);
}

void *tlsf_alloc_aligned(struct tlsf *tlsf, size_t alignment, size_t size) {
    if (alignment <= TLSF_ALIGNMENT && is_power_of_two(alignment)) {
        return tlsf_alloc(tlsf, size);
    }
    if (!is_power_of_two(alignment) || alignment > TLSF_ALIGNMENT_MAX || size - 1 >= REQUEST_SPAN) {
        return NULL;
    }
    size = size < REQUEST_MIN ? REQUEST_MIN : size;
    uint64_t taken = block_size_for(size);
    int64_t class_number;
    struct tlsf_block *block = tlsf_block_find(tlsf, taken + alignment + GRANULE, &class_number);
    if (block == NULL) {
        return NULL;
    }
    assert_free_block(block);
    uint64_t size_found = block_size(block);
    uintptr_t memory = (uintptr_t)block_memory(block);
    uint64_t gap = align_up(memory, alignment) - memory;
    if (gap == GRANULE) { /* too small to be a block: 16 + alignment is not */
        gap += alignment;
    }
    list_leave(tlsf, block);
    struct tlsf_block *aligned = block_at(block, (int64_t)gap);
    aligned->state = STATE_USED;
    if (gap != 0) {
        list_join(tlsf, block, class_of(gap));
        block_set_free(block, gap);
        aligned->state = STATE_PREVIOUS_FREE;
    }
    tlsf_block_trim(tlsf, aligned, size_found - gap, taken);
    tlsf_usage_add(tlsf, block_size(aligned));
    return poison_new_block(aligned);
}

/* What comes after "used": the block before is free, or this one already is. */
static NOINLINE status_t free_unusual(struct tlsf *tlsf, struct tlsf_block *block) {
    if (block->state != STATE_PREVIOUS_FREE) {
        return wrong_state_status(block->state);
    }
    struct tlsf_block *previous = block->previous;
    uint64_t size = block_size(block);
    assert_free_block(previous);
    block->state = STATE_FREE; /* for a second free: it will lie within the merged block */
    tlsf_usage_subtract(tlsf, size);
    list_leave(tlsf, previous);
    tlsf_block_release(tlsf, previous, block_size(previous) + size, false);
    return STATUS_OK;
}

/* What is not in the first region. */
static NOINLINE status_t free_elsewhere(struct tlsf *tlsf, void *pointer) {
    if (pointer == NULL) {
        return STATUS_OK;
    }
    BOUND_LOOP(elsewhere, TLSF_REGIONS_MAX - 1);
    for (unsigned i = 1; i < TLSF_REGIONS_MAX; i++) {
        BOUND_TURN(elsewhere);
        if (region_holds(&tlsf->region[i], (uintptr_t)pointer)) {
            struct tlsf_block *block = block_of(pointer);
            if (block->state != STATE_USED) {
                return free_unusual(tlsf, block);
            }
            tlsf_block_free_used(tlsf, block);
            return STATUS_OK;
        }
    }
    return STATUS_FOREIGN;
}

status_t tlsf_free(struct tlsf *tlsf, void *pointer) {
    if (UNLIKELY(!region_holds(&tlsf->region[0], (uintptr_t)pointer))) {
        return free_elsewhere(tlsf, pointer);
    }
    struct tlsf_block *block = block_of(pointer);
    if (UNLIKELY(block->state != STATE_USED)) {
        return free_unusual(tlsf, block);
    }
    tlsf_block_free_used(tlsf, block);
    return STATUS_OK;
}
