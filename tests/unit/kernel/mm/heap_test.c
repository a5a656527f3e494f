/* SPDX-License-Identifier: MIT */
/* The heap as debug builds have it: contexts, exhaustion, errors, and random use
 * against a model. */
#include "tests/unit/kernel/mm/heap_test_machine.h"

#define MIB (UINT64_C(1) << 20)

TEST(init_takes_what_the_machine_has) {
    static const struct {
        uint64_t limit;
        uint64_t size;
        unsigned requests;
    } expected[] = {
        {1024 * MIB, CONFIG_HEAP_SIZE, 1},
        {CONFIG_HEAP_SIZE, CONFIG_HEAP_SIZE, 1},
        {CONFIG_HEAP_SIZE - 1, CONFIG_HEAP_SIZE / 2, 2},
        {3 * MIB, 2 * MIB, 4},
        {MIB, MIB, 5},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(expected); i++) {
        heap_reset(expected[i].limit);
        EXPECT_EQ(heap_size(), 0);
        EXPECT_EQ(heap_init(), STATUS_OK);
        EXPECT_EQ(heap_size(), expected[i].size);
        EXPECT_EQ(frames_requests, expected[i].requests);
        EXPECT_EQ(stats_now().size, expected[i].size);
        EXPECT(stats_now().memory.free > expected[i].size - PAGE_SIZE);
        EXPECT(stats_now().memory.free <= expected[i].size);
        EXPECT(heap_check());
        EXPECT_EQ(heap_init(), STATUS_BUSY);
    }
    heap_reset(MIB - PAGE_SIZE);
    EXPECT_EQ(heap_init(), STATUS_NO_MEMORY);
    EXPECT_EQ(heap_size(), 0);
}

TEST(blocks_come_and_go) {
    heap_boot(CONFIG_HEAP_SIZE);
    void *a = heap_alloc(64);
    void *b = heap_alloc(1);
    EXPECT(a != NULL && b != NULL && a != b);
    EXPECT((uintptr_t)a % 16 == 0 && (uintptr_t)b % 16 == 0);
    memset(a, 1, 64);
    EXPECT_EQ(stats_now().memory.blocks, 2);
    heap_free(a);
    heap_free(b);
    heap_free(NULL);
    EXPECT_EQ(stats_now().memory.blocks, 0);
    EXPECT_EQ(stats_now().memory.used, 0);
    EXPECT_EQ(stats_now().failures, 0);
    EXPECT_EQ(stats_now().bad_pointers, 0);
    EXPECT(heap_check());
}

TEST(alignments) {
    heap_boot(CONFIG_HEAP_SIZE);
    for (size_t alignment = 1; alignment <= TLSF_ALIGNMENT_MAX; alignment *= 2) {
        uint8_t *block = heap_aligned(100, alignment);
        EXPECT(block != NULL);
        EXPECT_EQ((uintptr_t)block % alignment, 0);
        memset(block, 0x55, 100);
    }
    EXPECT(heap_aligned(100, 48) == NULL);
    EXPECT(heap_aligned(100, 0) == NULL);
    EXPECT(heap_aligned(100, 2 * TLSF_ALIGNMENT_MAX) == NULL);
    EXPECT_EQ(stats_now().failures, 3);
    EXPECT(heap_check());
}

TEST(impossible_sizes_are_answered) {
    heap_boot(CONFIG_HEAP_SIZE);
    EXPECT(heap_alloc(0) == NULL);
    EXPECT(heap_alloc(CONFIG_HEAP_SIZE) == NULL);
    EXPECT(heap_alloc(SIZE_MAX) == NULL);
    EXPECT(heap_aligned(SIZE_MAX, 4096) == NULL);
    EXPECT(heap_resize(NULL, SIZE_MAX) == NULL);
    EXPECT_EQ(stats_now().failures, 5);
    EXPECT(heap_check());
}

static bool holds(const uint8_t *block, size_t size, uint8_t byte) {
    for (size_t i = 0; i < size; i++) {
        if (block[i] != byte) {
            return false;
        }
    }
    return true;
}

TEST(resize_keeps_the_contents) {
    heap_boot(CONFIG_HEAP_SIZE);
    uint8_t *block = heap_resize(NULL, 100);
    EXPECT(block != NULL);
    memset(block, 7, 100);
    EXPECT(heap_resize(block, 40) == block);
    void *wall = heap_alloc(16); /* right behind: growing must move */
    EXPECT(wall != NULL);
    uint8_t *moved = heap_resize(block, 5000);
    EXPECT(moved != NULL && moved != block);
    EXPECT(holds(moved, 40, 7));
    EXPECT_EQ(stats_now().memory.blocks, 2);
    memset(moved, 9, 5000);
    EXPECT(heap_resize(moved, CONFIG_HEAP_SIZE) == NULL); /* and the old stays */
    EXPECT(holds(moved, 5000, 9));
    EXPECT(heap_resize(moved, 0) == NULL);
    heap_free(wall);
    EXPECT_EQ(stats_now().memory.blocks, 0);
    EXPECT(heap_check());
}

TEST(containers_allocate_through_the_allocator) {
    heap_boot(CONFIG_HEAP_SIZE);
    uint8_t *block = allocator_alloc(&heap_allocator, 30);
    EXPECT(block != NULL);
    memset(block, 3, 30);
    block = heap_allocator.resize(&heap_allocator, block, 3000);
    EXPECT(block != NULL && holds(block, 30, 3));
    allocator_free(&heap_allocator, block);
    EXPECT_EQ(stats_now().memory.blocks, 0);
}

TEST(exhaustion_is_an_answer) {
    heap_boot(HEAP_SIZE_MIN);
    void *first = NULL; /* each block leads to the one before */
    unsigned count = 0;
    for (;;) {
        void **block = heap_alloc(1000);
        if (block == NULL) {
            break;
        }
        *block = first;
        first = block;
        count++;
    }
    EXPECT(count > 1000 && count < 1049);
    EXPECT_EQ(stats_now().failures, 1);
    EXPECT(heap_resize(first, 100000) == NULL);
    EXPECT(heap_aligned(1000, 64) == NULL);
    EXPECT_EQ(stats_now().failures, 3);
    EXPECT_EQ(stats_now().memory.blocks, count);
    EXPECT(heap_check());
    while (first != NULL) {
        void *before = *(void **)first;
        heap_free(first);
        first = before;
    }
    EXPECT_EQ(stats_now().memory.used, 0);
    EXPECT(heap_check());
    void *large = heap_alloc(HEAP_SIZE_MIN - 64 * 1024); /* all in one piece again */
    EXPECT(large != NULL);
    heap_free(large);
}

TEST(grows_when_told_and_gives_back_what_is_empty) {
    heap_boot(HEAP_SIZE_MIN);
    EXPECT(heap_alloc(HEAP_SIZE_MIN) == NULL);
    EXPECT_EQ(heap_grow(2 * HEAP_SIZE_MIN), STATUS_NO_MEMORY); /* as large as the machine's runs */
    frames_limit = 64 * HEAP_SIZE_MIN;
    EXPECT_EQ(heap_grow(0), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(heap_grow(CONFIG_HEAP_SIZE + 1), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(heap_shrink(), 0);
    EXPECT_EQ(heap_grow(2 * HEAP_SIZE_MIN), STATUS_OK);
    EXPECT_EQ(frames_runs(), 2);
    uint8_t *block = heap_alloc(HEAP_SIZE_MIN);
    EXPECT(block != NULL);
    memset(block, 0x77, HEAP_SIZE_MIN);
    EXPECT_EQ(heap_size(), HEAP_SIZE_MIN); /* what was taken at boot */
    EXPECT_EQ(stats_now().memory.capacity, 3 * HEAP_SIZE_MIN - 2 * 16);
    EXPECT_EQ(heap_shrink(), 0);
    EXPECT_EQ(heap_grow(1), STATUS_OK);
    EXPECT_EQ(heap_shrink(), HEAP_GROWTH_MIN); /* the one that is empty */
    EXPECT_EQ(block[HEAP_SIZE_MIN - 1], 0x77);
    heap_free(block);
    EXPECT_EQ(heap_shrink(), 2 * HEAP_SIZE_MIN);
    EXPECT_EQ(heap_shrink(), 0);
    EXPECT_EQ(frames_runs(), 1);
    EXPECT_EQ(stats_now().memory.used, 0);
    EXPECT(heap_check() && !hosted.masked);
}

TEST(grows_so_many_times_and_then_says_so) {
    heap_boot(HEAP_SIZE_MIN);
    frames_limit = 64 * HEAP_SIZE_MIN;
    for (unsigned i = 0; i < HEAP_GROWTHS; i++) {
        EXPECT_EQ(heap_grow((i + 1) * UINT64_C(100000)), STATUS_OK);
    }
    EXPECT_EQ(heap_grow(1), STATUS_FULL);
    EXPECT_EQ(frames_runs(), 1 + HEAP_GROWTHS); /* what had been taken went back */
    uint64_t bytes = 0;
    for (unsigned i = 0; i < HEAP_GROWTHS; i++) {
        bytes += page_align_up((i + 1) * UINT64_C(100000));
    }
    EXPECT_EQ(heap_shrink(), bytes);
    EXPECT_EQ(frames_runs(), 1);
    EXPECT(heap_check());
}

TEST(masks_as_it_found_it) {
    heap_boot(CONFIG_HEAP_SIZE);
    for (unsigned masked = 0; masked < 2; masked++) {
        hosted.masked = masked != 0;
        void *block = heap_alloc(10);
        EXPECT_EQ(hosted.masked, masked);
        block = heap_resize(block, 10000);
        EXPECT_EQ(hosted.masked, masked);
        heap_free(block);
        EXPECT_EQ(hosted.masked, masked);
        heap_free(heap_aligned(10, 256));
        EXPECT(heap_alloc(SIZE_MAX) == NULL);
        (void)stats_now();
        EXPECT_EQ(hosted.masked, masked);
    }
    hosted.masked = false;
}

TEST(boot_may_call_until_it_is_sealed) {
    heap_reset(CONFIG_HEAP_SIZE);
    hosted.in_kernel = true;
    EXPECT_EQ(heap_init(), STATUS_OK);
    void *block = heap_alloc(10);
    EXPECT(block != NULL);
    block = heap_resize(block, 1000);
    heap_seal_boot();
    EXPECT_PANIC((void)!heap_alloc(10));
    EXPECT_PANIC((void)!heap_aligned(10, 64));
    EXPECT_PANIC((void)!heap_resize(block, 10));
    EXPECT_PANIC((void)!heap_resize(block, 0));
    EXPECT_PANIC((void)!heap_resize(NULL, 10));
    EXPECT_PANIC(heap_free(block));
    EXPECT_PANIC((void)stats_now());
    EXPECT(!hosted.masked);
    hosted.in_kernel = false;
    EXPECT_EQ(stats_now().memory.blocks, 1);
    heap_free(block);
}

TEST(use_before_init_stops) {
    heap_reset(CONFIG_HEAP_SIZE);
    EXPECT_PANIC((void)!heap_alloc(10));
    EXPECT_PANIC((void)!heap_aligned(10, 64));
    EXPECT_PANIC(heap_free(&heap));
}

TEST(bad_pointers_stop) {
    heap_boot(CONFIG_HEAP_SIZE);
    uint8_t *block = heap_alloc(100);
    uint8_t *other = heap_alloc(100);
    EXPECT(block != NULL && other != NULL);
    int elsewhere = 0;
    EXPECT_PANIC(heap_free(&elsewhere));
    EXPECT_PANIC((void)!heap_resize(&elsewhere, 10));
    EXPECT_PANIC(heap_free(block + 16));
    EXPECT_PANIC(heap_free(block + 1));
    heap_free(block);
    EXPECT_PANIC(heap_free(block));
    EXPECT(strstr(test_panic_message, "second free") != NULL);
    EXPECT_PANIC((void)!heap_resize(block, 10));
    EXPECT(!hosted.masked);
    heap_free(other);
    EXPECT(heap_check());
    EXPECT_EQ(stats_now().memory.blocks, 0);
}

#define SLOTS 128
#define STEPS 30000

struct slot {
    uint8_t *block;
    size_t size;
    uint8_t byte;
};

static void slot_fill(struct random *random, struct slot *slot, uint8_t *block, size_t size) {
    *slot = (struct slot){block, size, (uint8_t)random_next(random)};
    if (block != NULL) {
        memset(block, slot->byte, size);
    }
}

static size_t random_size(struct random *random) {
    return (size_t)random_between(random, 1, random_one_in(random, 8) ? 200000 : 1024);
}

static void slot_step(struct random *random, struct slot *slot) {
    EXPECT(slot->block == NULL || holds(slot->block, slot->size, slot->byte));
    const size_t size = random_size(random);
    if (slot->block == NULL) {
        const size_t alignment = UINT64_C(1) << random_below(random, 13);
        uint8_t *block =
            random_one_in(random, 2) ? heap_alloc(size) : heap_aligned(size, alignment);
        slot_fill(random, slot, block, size);
    } else if (random_one_in(random, 3)) {
        uint8_t *block = heap_resize(slot->block, size);
        if (block != NULL) {
            EXPECT(holds(block, size < slot->size ? size : slot->size, slot->byte));
            slot_fill(random, slot, block, size);
        }
    } else {
        heap_free(slot->block);
        slot->block = NULL;
    }
}

TEST(random_use_agrees_with_a_model) {
    static struct slot slots[SLOTS];
    memset(slots, 0, sizeof(slots));
    struct random random = test_random();
    heap_boot(HEAP_SIZE_MIN); /* fills up now and then */
    for (unsigned step = 0; step < STEPS; step++) {
        slot_step(&random, &slots[random_below(&random, SLOTS)]);
        if (step % 500 == 0) {
            EXPECT(heap_check());
        }
    }
    unsigned blocks = 0;
    for (unsigned i = 0; i < SLOTS; i++) {
        blocks += slots[i].block != NULL;
    }
    EXPECT_EQ(stats_now().memory.blocks, blocks);
    EXPECT(stats_now().failures > 0);
    for (unsigned i = 0; i < SLOTS; i++) {
        heap_free(slots[i].block);
    }
    EXPECT_EQ(stats_now().memory.used, 0);
    EXPECT(heap_check());
}
