/* SPDX-License-Identifier: MIT */
/* Blocks that change their length: in place when the room behind allows it, else by a copy. */
#include "lib/tlsf_internal.h"

size_t tlsf_usable_size(const void *pointer) {
    return block_of(pointer)->size - BLOCK_OVERHEAD;
}

/* memcpy() for any size that a block has. */
static void copy(unsigned char *to, const unsigned char *from, size_t size) {
    BOUND_LOOP(copy, REQUEST_SPAN / STRING_BLOCK_MAX); /* less than a request, or it would fit */
    while (size != 0) {
        BOUND_TURN(copy);
        size_t part = size < STRING_BLOCK_MAX ? size : STRING_BLOCK_MAX;
        memcpy(to, from, part);
        to += part;
        from += part;
        size -= part;
    }
}

/* OK when `memory` is that of a block that is handed out, else what tlsf_free() answers. */
static status_t block_status(const struct tlsf *tlsf, const void *memory) {
    BOUND_LOOP(regions, TLSF_REGIONS_MAX);
    for (unsigned i = 0; i < TLSF_REGIONS_MAX; i++) {
        BOUND_TURN(regions);
        if (region_holds(&tlsf->region[i], (uintptr_t)memory)) {
            uint32_t state = block_of(memory)->state;
            if (state == STATE_USED || state == STATE_PREVIOUS_FREE) {
                return STATUS_OK;
            }
            return wrong_state_status(state);
        }
    }
    return STATUS_FOREIGN;
}

status_t tlsf_resize_in_place(struct tlsf *tlsf, void *pointer, size_t size) {
    status_t status = block_status(tlsf, pointer);
    if (status != STATUS_OK) {
        return status;
    }
    if (size == 0) {
        return STATUS_INVALID_ARGUMENT;
    }
    struct tlsf_block *block = block_of(pointer);
    struct tlsf_block *behind = block_at(block, block->size);
    uint64_t old_size = block->size;
    uint64_t room = old_size;
    if (behind->state == STATE_FREE) {
        room += behind->size;
    }
    size = size < REQUEST_MIN ? REQUEST_MIN : size;
    if (size > room - BLOCK_OVERHEAD) {
        return STATUS_NO_MEMORY;
    }
    if (behind->state == STATE_FREE) {
        assert_free_block(behind);
        list_leave(tlsf, behind);
    }
    tlsf_block_trim(tlsf, block, room, block_size_for(size));
    tlsf->usage += ((uint64_t)block->size << 28) - (old_size << 28);
    tlsf->peak = tlsf->usage > tlsf->peak ? tlsf->usage : tlsf->peak;
    return STATUS_OK;
}

void *tlsf_resize(struct tlsf *tlsf, void *pointer, size_t size) {
    if (pointer == NULL) {
        return tlsf_alloc(tlsf, size);
    }
    status_t status =
        size == 0 ? tlsf_free(tlsf, pointer) : tlsf_resize_in_place(tlsf, pointer, size);
    if (status != STATUS_NO_MEMORY) {
        return status == STATUS_OK && size != 0 ? pointer : NULL;
    }
    void *moved = tlsf_alloc(tlsf, size);
    if (moved == NULL) {
        return NULL;
    }
    copy(moved, pointer, tlsf_usable_size(pointer)); /* smaller, or it would have fitted */
    status = tlsf_free(tlsf, pointer);
    check(status == STATUS_OK);
    return moved;
}
