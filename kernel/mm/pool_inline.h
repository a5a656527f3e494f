/* SPDX-License-Identifier: MIT */
/* What the inline calls of pool.h are made of. */
#ifndef KERNEL_MM_POOL_INLINE_H
#define KERNEL_MM_POOL_INLINE_H

#include "lib/compiler.h"
#include "lib/context.h"
#include "lib/status.h"

struct pool;

#define POOL_USED (-1) /* in place of a link: the block is out */
#define POOL_NONE (-2) /* behind the last free block */

/* The number of the block that begins at `block`; more than any pool has, where none does. */
static ALWAYS_INLINE uint64_t pool_number(const uint8_t *start, uint64_t inverse, uint64_t shift,
                                          const void *block) {
    uint64_t product = ((uint64_t)(uintptr_t)block - (uint64_t)(uintptr_t)start) * inverse;
    return product >> shift | product << (-shift & 63);
}

/* The rest of pool_alloc() where no block has been given back; entered masked. O(1). */
MUST_USE status_t pool_alloc_fresh(struct pool *pool, void **block) UNMASKS_IRQ;

#endif
