/* SPDX-License-Identifier: MIT */
/* Pools: what init refuses, exhaustion, what is not a block, blocks given back twice; random use. */
#include "kernel/mm/pool.h"

#include <stdlib.h>

#include "arch/hosted/hosted.h"
#include "tests/unit/test.h"

static struct pool pool;
static uint64_t storage[1200];

static status_t init(uint64_t size, uint64_t count) {
    return pool_init(&pool, storage, sizeof storage, size, count);
}

/* Pools mask: a thread is needed, of which the hosted machine has one from the start. */
static void reset(uint64_t size, uint64_t count) {
    hosted_reset();
    EXPECT_EQ(init(size, count), STATUS_OK);
}

TEST(init_refuses_what_does_not_fit) {
    EXPECT_EQ(pool_init(NULL, storage, 64, 8, 1), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(pool_init(&pool, NULL, 64, 8, 1), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(pool_init(&pool, (char *)storage + 4, 64, 8, 1), STATUS_MISALIGNED);
    EXPECT_EQ(init(12, 1), STATUS_MISALIGNED);
    EXPECT_EQ(init(0, 1), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(init(8, 0), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(init(8, POOL_BLOCKS_MAX + 1), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(init(UINT64_MAX - 7, 1), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(init(UINT64_C(1) << 63, 2), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(pool_init(&pool, storage, 47, 8, 4), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(pool_init(&pool, storage, 48, 8, 4), STATUS_OK);
    EXPECT_EQ(POOL_STORAGE_SIZE(8, 4), 48);
}

static void *take(void) {
    void *block = NULL;
    EXPECT_EQ(pool_alloc(&pool, &block), STATUS_OK);
    return block;
}

TEST(all_blocks_come_then_no_memory_and_they_can_be_given_back) {
    reset(24, 5);
    char *blocks[5];
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 5; i++) {
            blocks[i] = take();
            memset(blocks[i], (int)(i + 1), 24);
        }
        void *left = &pool;
        EXPECT_EQ(pool_alloc(&pool, &left), STATUS_NO_MEMORY);
        EXPECT(left == &pool);
        for (unsigned i = 0; i < 5; i++) {
            for (unsigned k = 0; k < 24; k++) {
                EXPECT_EQ(blocks[i][k], (int)(i + 1)); /* nobody else's, and untouched */
            }
        }
        for (unsigned i = 0; i < 5; i++) {
            EXPECT_EQ(pool_free(&pool, blocks[(i * 3 + round) % 5]), STATUS_OK);
        }
    }
}

TEST(what_is_given_back_twice_is_refused) {
    reset(40, 4);
    void *a = take();
    void *b = take();
    EXPECT_EQ(pool_free(&pool, a), STATUS_OK);
    EXPECT_EQ(pool_free(&pool, a), STATUS_DOUBLE_FREE);
    EXPECT_EQ(pool_free(&pool, b), STATUS_OK);
    EXPECT_EQ(pool_free(&pool, a), STATUS_DOUBLE_FREE); /* not the first of the list */
    EXPECT(take() == b);
    EXPECT(take() == a);
    EXPECT_EQ(pool_free(&pool, a), STATUS_OK);
}

/* Every address in and around the storage, for sizes with and without factors of two. */
TEST(what_is_not_a_block_is_refused) {
    static const uint64_t sizes[] = {8, 16, 24, 40, 56, 64, 72, 120, 1000};
    for (unsigned s = 0; s < ARRAY_SIZE(sizes); s++) {
        uint64_t size = sizes[s];
        reset(size, 6);
        for (unsigned i = 0; i < 5; i++) {
            (void)take(); /* the sixth was never taken */
        }
        char *start = (char *)storage;
        unsigned given = 0;
        for (char *at = start - 2000; at < start + 9000; at++) {
            status_t status = pool_free(&pool, at);
            uint64_t offset = (uint64_t)(at - start);
            bool is_block = at >= start && offset % size == 0 && offset / size < 5;
            EXPECT_EQ(status, is_block ? STATUS_OK : STATUS_FOREIGN);
            given += status == STATUS_OK;
        }
        EXPECT_EQ(given, 5);
        EXPECT_EQ(pool_free(&pool, NULL), STATUS_FOREIGN);
        EXPECT_EQ(pool_free(&pool, (void *)UINTPTR_MAX), STATUS_FOREIGN);
    }
}

TEST(random_use_against_a_list_of_who_is_out) {
    struct random random;
    random_init(&random, test_seed());
    bool out[32] = {false};
    unsigned count = 0;
    reset(48, 32);
    for (unsigned step = 0; step < 100000; step++) {
        if (random_one_in(&random, 2)) {
            void *block = NULL;
            status_t status = pool_alloc(&pool, &block);
            EXPECT_EQ(status, count < 32 ? STATUS_OK : STATUS_NO_MEMORY);
            if (status == STATUS_OK) {
                uint64_t number = (uint64_t)((char *)block - (char *)storage) / 48;
                EXPECT(number < 32 && !out[number]);
                out[number] = true;
                count++;
            }
        } else {
            uint64_t number = random_below(&random, 32);
            status_t status = pool_free(&pool, (char *)storage + number * 48);
            EXPECT(out[number] ? status == STATUS_OK
                               : status == STATUS_DOUBLE_FREE || status == STATUS_FOREIGN);
            count -= out[number];
            out[number] = false;
        }
    }
}
