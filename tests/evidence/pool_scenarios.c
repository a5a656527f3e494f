/* SPDX-License-Identifier: MIT */
/* A pool's blocks, taken for the first time and again, and refused. */
#include "kernel/mm/pool.h"

#include "tests/evidence/evidence.h"

#define BLOCK  48
#define BLOCKS 4

static struct pool pool;
static uint64_t storage[POOL_STORAGE_SIZE(BLOCK, BLOCKS) / 8];

static void pool_blocks(void) {
    void *block[BLOCKS + 1] = {NULL};
    TAP_EQ(pool_init(&pool, storage, sizeof storage, BLOCK, BLOCKS), STATUS_OK, "a pool");
    for (unsigned round = 0; round < 2; round++) {
        unsigned taken = 0;
        while (inline_pool_alloc(&pool, &block[taken]) == STATUS_OK) {
            taken++;
        }
        TAP_EQ(taken, BLOCKS, "all blocks are taken");
        for (unsigned i = 0; i < BLOCKS; i++) {
            TAP_EQ(inline_pool_free(&pool, block[i]), STATUS_OK, "and given back");
        }
    }
    TAP_EQ(inline_pool_free(&pool, block[0]), STATUS_DOUBLE_FREE, "once");
    TAP_EQ(inline_pool_free(&pool, (uint8_t *)block[0] + 8), STATUS_FOREIGN, "what is no block");
}

static void pool_refusals(void) {
    TAP_EQ(pool_init(NULL, storage, 64, 8, 1), STATUS_INVALID_ARGUMENT, "no pool");
    TAP_EQ(pool_init(&pool, NULL, 64, 8, 1), STATUS_INVALID_ARGUMENT, "no storage");
    TAP_EQ(pool_init(&pool, storage, 64, 12, 1), STATUS_MISALIGNED, "an odd size");
    TAP_EQ(pool_init(&pool, storage, 64, 0, 1), STATUS_OUT_OF_RANGE, "no size");
    TAP_EQ(pool_init(&pool, storage, 64, 8, 0), STATUS_OUT_OF_RANGE, "no blocks");
    TAP_EQ(pool_init(&pool, storage, 64, 8, UINT64_MAX), STATUS_OUT_OF_RANGE, "too many");
    TAP_EQ(pool_init(&pool, storage, 64, 128, 1), STATUS_OUT_OF_RANGE, "too large");
    TAP_EQ(pool_init(&pool, storage, UINT64_MAX - 7, UINT64_MAX - 15, 1 << 20), STATUS_OUT_OF_RANGE,
           "together, too");
    TAP_EQ(pool_init(&pool, storage, 64, 64, 1), STATUS_OUT_OF_RANGE, "no room for links");
}

static const struct scenario pool_scenarios[] = {
    {"pool_blocks", pool_blocks},
    {"pool_refusals", pool_refusals},
};
SCENARIO_ROOM(pool);
