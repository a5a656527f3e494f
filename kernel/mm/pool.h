/* SPDX-License-Identifier: MIT */
/*
 * Pools: blocks of one size over the caller's storage. Taking one and giving it back are O(1) and a
 * few instructions, so they are inline; a pool that has none left says so.
 *
 * The list of free blocks is a list of numbers beside the blocks, not of pointers within them:
 *
 *   storage   | block 0 | block 1 | block 2 | ... |  link 0 | link 1 | link 2 | ...
 *                                                     POOL_USED, or the next free one's number
 *
 * So what a block holds is its owner's alone, and it is known of each whether it is out: what is
 * given back twice, was never handed out, or does not point to the first byte of a block, is
 * refused. From an address to a number takes a division that leaves nothing over: multiplying by
 * the inverse of the size modulo 2^64 is that division, and gives a huge number where something
 * would be left; so one comparison refuses all that are not blocks.
 *
 * Blocks that were never taken have no link yet: `fresh` counts those that were.
 */
#ifndef KERNEL_MM_POOL_H
#define KERNEL_MM_POOL_H

#include "arch/cpu.h"
#include "kernel/mm/pool_inline.h"
#include "lib/context.h"
#include "lib/status.h"

/* Blocks are aligned to this, and their size is a multiple of it. */
#define POOL_ALIGNMENT 8

/* Blocks of a pool, at most. */
#define POOL_BLOCKS_MAX (UINT64_C(1) << 30)

/* Bytes of storage for `count_` blocks of `size_` bytes. */
#define POOL_STORAGE_SIZE(size_, count_) ((count_) * ((size_) + sizeof(int32_t)))

/* In pairs that are wanted together. */
struct pool {
    /* Interrupts masked; `links` is constant. */
    int64_t free; /* number of the block to take next; negative: none was given back */
    int32_t *links;

    /* Constant after init. */
    uint8_t *start;
    uint64_t size;
    uint64_t inverse; /* of the size without its factors of two */
    uint64_t shift;   /* as many there are */

    /* Interrupts masked; it only grows. `count` is constant. */
    uint64_t fresh; /* blocks taken for the first time */
    uint64_t count;
};

/* Prepares a pool of `count` blocks of `block_size` bytes. Nobody uses it yet. O(1), any context.
 * INVALID_ARGUMENT: NULL. MISALIGNED: storage or size. OUT_OF_RANGE: size or count 0, more than
 * POOL_BLOCKS_MAX, or storage_size below POOL_STORAGE_SIZE. */
MUST_USE status_t pool_init(struct pool *pool, void *storage, uint64_t storage_size,
                            uint64_t block_size, uint64_t count);

/* Takes a block; what is in it is not said. Never blocks, O(1). NO_MEMORY: all are out, and `block`
 * is left alone. */
static inline MUST_USE status_t pool_alloc(struct pool *pool, void **block) IRQ_UNMASKED {
    arch_irq_mask();
    int64_t number = pool->free;
    int32_t *links = pool->links;
    if (UNLIKELY(number < 0)) {
        return pool_alloc_fresh(pool, block);
    }
    pool->free = links[number];
    links[number] = POOL_USED;
    arch_irq_unmask();
    *block = pool->start + (uint64_t)number * pool->size;
    return STATUS_OK;
}

/* Gives a block back. Never blocks, O(1). FOREIGN: not the address of a block that was ever taken
 * from this pool. DOUBLE_FREE: it is not out. */
static inline MUST_USE status_t pool_free(struct pool *pool, void *block) IRQ_UNMASKED {
    uint64_t number = pool_number(pool->start, pool->inverse, pool->shift, block);
    if (UNLIKELY(number >= pool->fresh)) {
        return STATUS_FOREIGN;
    }
    status_t status = STATUS_DOUBLE_FREE;
    arch_irq_mask();
    int64_t free = pool->free;
    int32_t *links = pool->links;
    if (LIKELY(links[number] == POOL_USED)) {
        links[number] = (int32_t)free;
        pool->free = (int64_t)number;
        status = STATUS_OK;
    }
    arch_irq_unmask();
    return status;
}

#endif
