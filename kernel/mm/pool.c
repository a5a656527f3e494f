/* SPDX-License-Identifier: MIT */
/* Making a pool, and blocks taken for the first time. */
#include "kernel/mm/pool.h"

#include "lib/bits.h"
#include "lib/bound.h"

#define NEWTON_STEPS 5 /* 3 bits are right at first, and each step doubles them: 96 */

/* The number that makes 1 with `odd`, modulo 2^64. */
static uint64_t pool_inverse_of(uint64_t odd) {
    uint64_t inverse = odd; /* odd * odd is 1 modulo 8 */
    BOUND_LOOP(newton, NEWTON_STEPS);
    for (unsigned step = 0; step < NEWTON_STEPS; step++) {
        BOUND_TURN(newton);
        inverse *= 2 - odd * inverse;
    }
    return inverse;
}

status_t pool_init(struct pool *pool, void *storage, uint64_t storage_size, uint64_t block_size,
                   uint64_t count) {
    uint64_t bytes;
    if (pool == NULL || storage == NULL) {
        return STATUS_INVALID_ARGUMENT;
    }
    if (((uintptr_t)storage | block_size) % POOL_ALIGNMENT != 0) {
        return STATUS_MISALIGNED;
    }
    if (block_size == 0 || count == 0 || count > POOL_BLOCKS_MAX || block_size > storage_size ||
        __builtin_mul_overflow(count, block_size + sizeof(int32_t), &bytes) ||
        bytes > storage_size) {
        return STATUS_OUT_OF_RANGE;
    }
    pool->free = POOL_NONE;
    pool->start = storage;
    pool->links = (int32_t *)((uint8_t *)storage + count * block_size);
    pool->shift = bits_lowest(block_size);
    pool->inverse = pool_inverse_of(block_size >> pool->shift);
    pool->fresh = 0;
    pool->size = block_size;
    pool->count = count;
    return STATUS_OK;
}

status_t pool_alloc_fresh(struct pool *pool, void **block) {
    status_t status = STATUS_NO_MEMORY;
    uint64_t number = pool->fresh;
    if (number < pool->count) {
        pool->links[number] = POOL_USED;
        pool->fresh = number + 1;
        *block = pool->start + number * pool->size;
        status = STATUS_OK;
    }
    arch_irq_unmask();
    return status;
}
