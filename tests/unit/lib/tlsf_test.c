/* SPDX-License-Identifier: MIT */
/*
 * The allocator against a shadow of what is handed out: each block is filled with a pattern of its
 * own, which must still be there at every later look; so overlap, reuse and stray writes show.
 */
#include "lib/bits.h"
#include "lib/tlsf.h"
#include "lib/tlsf_internal.h"
#include "tests/unit/test.h"

#define ARENA_SIZE (UINT64_C(1) << 20)
#define SLOTS      128

struct slot {
    uint8_t *memory;
    size_t size;
    uint8_t pattern;
};

static ALIGNED(4096) uint8_t arena[ARENA_SIZE];
static struct tlsf tlsf;
static struct slot slots[SLOTS];
static uint64_t live_bytes;

static void setup(size_t size) {
    memset(arena, 0x5c, sizeof(arena));
    memset(slots, 0, sizeof(slots));
    live_bytes = 0;
    tlsf_init(&tlsf);
    EXPECT_EQ(tlsf_add_region(&tlsf, arena, size), STATUS_OK);
}

static void expect_pattern(const struct slot *slot, size_t size) {
    for (size_t i = 0; i < size; i++) {
        EXPECT_EQ(slot->memory[i], slot->pattern);
    }
}

static void take(struct random *random, struct slot *slot, size_t alignment, size_t size) {
    slot->memory = alignment <= 16 && random_one_in(random, 2)
                       ? tlsf_alloc(&tlsf, size)
                       : tlsf_alloc_aligned(&tlsf, alignment, size);
    if (slot->memory == NULL) {
        return;
    }
    EXPECT_EQ((uintptr_t)slot->memory % alignment, 0);
    EXPECT_EQ((uintptr_t)slot->memory % 16, 0);
    EXPECT(slot->memory >= arena && slot->memory + size <= arena + sizeof(arena));
    EXPECT(tlsf_usable_size(slot->memory) >= size);
    slot->size = size;
    slot->pattern = (uint8_t)random_next(random);
    live_bytes += size;
    memset(slot->memory, slot->pattern, size);
}

static void give_back(struct slot *slot) {
    expect_pattern(slot, slot->size);
    EXPECT_EQ(tlsf_free(&tlsf, slot->memory), STATUS_OK);
    live_bytes -= slot->size;
    slot->memory = NULL;
}

static void resize(struct random *random, struct slot *slot, size_t size) {
    size_t kept = slot->size < size ? slot->size : size;
    uint8_t *memory;
    if (random_one_in(random, 2)) {
        memory = tlsf_resize(&tlsf, slot->memory, size);
    } else {
        status_t status = tlsf_resize_in_place(&tlsf, slot->memory, size);
        EXPECT(status == STATUS_OK || status == STATUS_NO_MEMORY);
        memory = status == STATUS_OK ? slot->memory : NULL;
    }
    if (memory == NULL) {
        EXPECT(size > tlsf_usable_size(slot->memory));
        expect_pattern(slot, slot->size);
        return;
    }
    slot->memory = memory;
    expect_pattern(slot, kept);
    EXPECT(tlsf_usable_size(memory) >= size);
    memset(memory, slot->pattern, size);
    live_bytes += size - slot->size;
    slot->size = size;
}

static size_t random_size(struct random *random) {
    return random_between(random, 1, UINT64_C(1) << random_between(random, 1, 15));
}

static void expect_stats(void) {
    struct tlsf_stats stats;
    uint64_t blocks = 0;
    for (int i = 0; i < SLOTS; i++) {
        blocks += slots[i].memory != NULL;
    }
    tlsf_stats(&tlsf, &stats);
    EXPECT_EQ(stats.blocks, blocks);
    EXPECT(stats.used >= live_bytes + blocks * 8);
    EXPECT(stats.used <= live_bytes + blocks * 64);
    EXPECT_EQ(stats.used + stats.free, stats.capacity);
    EXPECT(stats.peak >= stats.used);
    uint64_t largest = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(tlsf.head); i++) {
        for (const struct tlsf_block *block = tlsf.head[i]; block != NULL; block = block->next) {
            largest = block->size > largest ? block->size : largest;
        }
    }
    EXPECT((stats.largest_free != 0) == (largest != 0));
    if (largest != 0) {
        EXPECT(stats.largest_free + 8 <= largest);
        EXPECT_EQ(class_of(stats.largest_free + 8), class_of(largest));
        void *memory = tlsf_alloc(&tlsf, stats.largest_free);
        EXPECT(memory != NULL);
        EXPECT_EQ(tlsf_free(&tlsf, memory), STATUS_OK);
    }
}

static void run_mix(struct random *random, int steps, bool aligned) {
    for (int step = 0; step < steps; step++) {
        struct slot *slot = &slots[random_below(random, SLOTS)];
        if (slot->memory == NULL) {
            size_t alignment =
                aligned && random_one_in(random, 4) ? BIT(random_below(random, 13)) : 1;
            take(random, slot, alignment, random_size(random));
        } else if (random_one_in(random, 4)) {
            resize(random, slot, random_size(random));
        } else {
            give_back(slot);
        }
        if (step % 64 == 0) {
            EXPECT(tlsf_check(&tlsf));
            expect_stats();
        }
    }
}

/* With everything given back there is one free block again for each region. */
static void expect_whole(unsigned regions) {
    struct tlsf_stats stats;
    for (int i = 0; i < SLOTS; i++) {
        if (slots[i].memory != NULL) {
            give_back(&slots[i]);
        }
    }
    EXPECT(tlsf_check(&tlsf));
    tlsf_stats(&tlsf, &stats);
    EXPECT_EQ(stats.used, 0);
    EXPECT_EQ(stats.blocks, 0);
    unsigned free_blocks = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(tlsf.head); i++) {
        for (struct tlsf_block *block = tlsf.head[i]; block != NULL; block = block->next) {
            free_blocks++;
        }
    }
    EXPECT_EQ(free_blocks, regions);
}

TEST(tlsf_random_mix_keeps_contents) {
    struct random random = test_random();
    setup(sizeof(arena));
    run_mix(&random, 60000, true);
    expect_whole(1);
}

TEST(tlsf_random_mix_in_a_tight_arena) {
    struct random random = test_random();
    setup(150000); /* most requests meet a full heap */
    run_mix(&random, 60000, true);
    expect_whole(1);
}

TEST(tlsf_random_mix_over_regions) {
    struct random random = test_random();
    tlsf_init(&tlsf);
    memset(slots, 0, sizeof(slots));
    live_bytes = 0;
    for (uintptr_t i = 0; i < TLSF_REGIONS_MAX; i++) { /* every misalignment, some adjacent */
        EXPECT_EQ(tlsf_add_region(&tlsf, arena + i * 40000 + i, 40000 + i % 2), STATUS_OK);
    }
    EXPECT(tlsf_check(&tlsf));
    run_mix(&random, 60000, false);
    expect_whole(TLSF_REGIONS_MAX);
}

/* Regions that come and go among blocks that do; only empty ones go, and they go whole. */
TEST(tlsf_random_mix_with_regions_that_go) {
    struct random random = test_random();
    tlsf_init(&tlsf);
    memset(slots, 0, sizeof(slots));
    live_bytes = 0;
    bool is_there[TLSF_REGIONS_MAX] = {true};
    uint8_t *at[TLSF_REGIONS_MAX] = {arena};
    unsigned removed = 0;
    EXPECT_EQ(tlsf_add_region(&tlsf, arena, 40000), STATUS_OK);
    for (unsigned round = 0; round < 3000; round++) {
        unsigned number = (unsigned)random_below(&random, TLSF_REGIONS_MAX);
        void *start = NULL;
        size_t size = 0;
        status_t status = tlsf_remove_region(&tlsf, number, &start, &size);
        if (status == STATUS_OK) {
            EXPECT(is_there[number] && start == at[number] && size == 40000);
            memset(start, 0xee, size);
            is_there[number] = false;
            removed++;
        } else {
            EXPECT_EQ(status, number == 0        ? STATUS_OUT_OF_RANGE
                              : is_there[number] ? STATUS_BUSY
                                                 : STATUS_NOT_FOUND);
        }
        if (random_one_in(&random, 2)) { /* the first number that is free gets it */
            unsigned next = 0;
            while (next < TLSF_REGIONS_MAX && is_there[next]) {
                next++;
            }
            if (next < TLSF_REGIONS_MAX) {
                at[next] = arena + next * 40000;
                is_there[next] = true;
                EXPECT_EQ(tlsf_add_region(&tlsf, at[next], 40000), STATUS_OK);
            }
        }
        run_mix(&random, 40, true);
        if (random_one_in(&random, 4)) {
            for (unsigned i = 0; i < SLOTS; i++) {
                if (slots[i].memory != NULL) {
                    give_back(&slots[i]);
                }
            }
        }
        EXPECT(tlsf_check(&tlsf));
    }
    EXPECT(removed > 100);
    unsigned regions = 0;
    for (unsigned i = 0; i < TLSF_REGIONS_MAX; i++) {
        regions += is_there[i];
    }
    expect_whole(regions);
}

TEST(tlsf_remove_region_at_its_limits) {
    void *start = NULL;
    size_t size = 0;
    setup(40000);
    EXPECT_EQ(tlsf_remove_region(&tlsf, 0, &start, &size), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(tlsf_remove_region(&tlsf, TLSF_REGIONS_MAX, &start, &size), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(tlsf_remove_region(&tlsf, 1, &start, &size), STATUS_NOT_FOUND);
    EXPECT_EQ(tlsf_add_region(&tlsf, arena + 65536, 4096), STATUS_OK);
    void *first = tlsf_alloc(&tlsf, 37000); /* the first region is almost full */
    void *second = tlsf_alloc(&tlsf, 24);
    void *third = tlsf_alloc(&tlsf, 3500);
    EXPECT(first != NULL && second != NULL && third != NULL);
    EXPECT_EQ(tlsf_remove_region(&tlsf, 1, &start, &size), STATUS_BUSY);
    uint8_t *in_second = (uint8_t *)third > arena + 65536 ? third : second;
    EXPECT(in_second > arena + 65536);
    EXPECT_EQ(tlsf_free(&tlsf, third), STATUS_OK);
    EXPECT_EQ(tlsf_free(&tlsf, second), STATUS_OK);
    EXPECT(start == NULL && size == 0);
    EXPECT_EQ(tlsf_remove_region(&tlsf, 1, &start, &size), STATUS_OK);
    EXPECT(start == arena + 65536);
    EXPECT_EQ(size, 4096);
    EXPECT(tlsf_check(&tlsf));
    EXPECT_EQ(tlsf_free(&tlsf, in_second), STATUS_FOREIGN); /* nobody's any more */
    EXPECT(tlsf_alloc(&tlsf, 3500) == NULL);
    EXPECT_EQ(tlsf_free(&tlsf, first), STATUS_OK);
    expect_whole(1);
}

TEST(tlsf_refuses_bad_regions) {
    tlsf_init(&tlsf);
    EXPECT(tlsf_alloc(&tlsf, 1) == NULL);
    EXPECT_EQ(tlsf_add_region(&tlsf, arena, 79), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(tlsf_add_region(&tlsf, arena, TLSF_REGION_MAX + 1), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(tlsf_add_region(&tlsf, (void *)UINTPTR_MAX, 4096), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(tlsf_add_region(&tlsf, arena + 4096, 4096), STATUS_OK);
    EXPECT_EQ(tlsf_add_region(&tlsf, arena + 4096, 4096), STATUS_OVERLAP);
    EXPECT_EQ(tlsf_add_region(&tlsf, arena, 4097 + 15), STATUS_OVERLAP);
    EXPECT_EQ(tlsf_add_region(&tlsf, arena + 8191 - 16, 4096), STATUS_OVERLAP);
    EXPECT_EQ(tlsf_add_region(&tlsf, arena, sizeof(arena)), STATUS_OVERLAP);
    EXPECT_EQ(tlsf_add_region(&tlsf, arena + 8192, 4096), STATUS_OK);
    EXPECT_EQ(tlsf_add_region(&tlsf, arena, 4096), STATUS_OK);
    for (uintptr_t i = 3; i < TLSF_REGIONS_MAX; i++) {
        EXPECT_EQ(tlsf_add_region(&tlsf, arena + i * 4096 + i, 80), STATUS_OK);
    }
    EXPECT_EQ(tlsf_add_region(&tlsf, arena + 65536, 4096), STATUS_FULL);
    EXPECT(tlsf_check(&tlsf));
}

TEST(tlsf_impossible_requests_get_null) {
    setup(65536);
    static const size_t sizes[] = {
        0,       65536,   BIT(24),       BIT(31) - 1, BIT(31), BIT(31) + 24,
        BIT(32), BIT(63), SIZE_MAX - 24, SIZE_MAX,
    };
    void *memory = tlsf_alloc(&tlsf, 100);
    memset(memory, 0x77, 100);
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
        EXPECT(tlsf_alloc(&tlsf, sizes[i]) == NULL);
        EXPECT(tlsf_alloc_aligned(&tlsf, 65536, sizes[i]) == NULL);
        EXPECT(tlsf_alloc_aligned(&tlsf, 1, sizes[i]) == NULL);
        EXPECT(sizes[i] == 0 || tlsf_resize(&tlsf, memory, sizes[i]) == NULL);
        EXPECT(tlsf_resize_in_place(&tlsf, memory, sizes[i]) ==
               (sizes[i] == 0 ? STATUS_INVALID_ARGUMENT : STATUS_NO_MEMORY));
    }
    EXPECT(tlsf_alloc_aligned(&tlsf, 0, 8) == NULL);
    EXPECT(tlsf_alloc_aligned(&tlsf, 24, 8) == NULL);
    EXPECT(tlsf_alloc_aligned(&tlsf, TLSF_ALIGNMENT_MAX * 2, 8) == NULL);
    EXPECT_EQ(((uint8_t *)memory)[99], 0x77);
    EXPECT(tlsf_resize(&tlsf, memory, 0) == NULL);
    EXPECT(tlsf_check(&tlsf));
    EXPECT_EQ(tlsf.usage, 0);
}

TEST(tlsf_every_alignment) {
    setup(sizeof(arena));
    void *kept[17];
    for (unsigned shift = 0; shift <= 16; shift++) {
        EXPECT_EQ(tlsf_free(&tlsf, tlsf_alloc(&tlsf, 48)), STATUS_OK);
        kept[shift] = tlsf_alloc_aligned(&tlsf, BIT(shift), 24 + shift);
        EXPECT(kept[shift] != NULL);
        EXPECT_EQ((uintptr_t)kept[shift] % BIT(shift), 0);
        EXPECT(tlsf_check(&tlsf));
    }
    for (unsigned shift = 0; shift <= 16; shift++) {
        EXPECT_EQ(tlsf_free(&tlsf, kept[shift]), STATUS_OK);
    }
    expect_whole(1);
}

/* Fills the arena with small blocks to the last, frees every second, then the others. */
TEST(tlsf_exhaustion_and_full_recovery) {
    setup(65536 + 16); /* and the sentinel */
    static void *blocks[4096];
    size_t count = 0;
    while ((blocks[count] = tlsf_alloc(&tlsf, 24)) != NULL) {
        count++;
    }
    EXPECT_EQ(count, 65536 / 32);
    EXPECT(tlsf_check(&tlsf));
    for (size_t i = 0; i < count; i += 2) {
        EXPECT_EQ(tlsf_free(&tlsf, blocks[i]), STATUS_OK);
    }
    EXPECT(tlsf_check(&tlsf));
    EXPECT(tlsf_alloc(&tlsf, 25) == NULL);
    for (size_t i = 1; i < count; i += 2) {
        EXPECT_EQ(tlsf_free(&tlsf, blocks[i]), STATUS_OK);
    }
    expect_whole(1);
    struct tlsf_stats stats;
    tlsf_stats(&tlsf, &stats);
    EXPECT_EQ(stats.peak, stats.capacity);
}

/* A class never hands out a block that is too small, and finds every block of a higher class. */
TEST(tlsf_classes_rise_with_size) {
    for (uint64_t size = 32; size < 100000; size += 16) {
        EXPECT(class_of(size + 16) == class_of(size) || class_of(size + 16) == class_of(size) + 1);
        EXPECT_EQ(is_same_class(size, size + 16), class_of(size) == class_of(size + 16));
        EXPECT_EQ(is_same_class(size, size * 2), false);
    }
    EXPECT_EQ(class_of(32), 2 - 16 * 55);
    EXPECT_EQ(class_of(TLSF_REGION_MAX) + CLASS_WORDS_BELOW * 64, 415);
}

TEST(tlsf_wrong_frees_get_a_status_and_change_nothing) {
    setup(sizeof(arena));
    static uint8_t elsewhere[64];
    uint8_t *first = tlsf_alloc(&tlsf, 100);
    uint8_t *second = tlsf_alloc(&tlsf, 100);
    uint8_t *third = tlsf_alloc(&tlsf, 100);
    memset(second, 0, 100);
    EXPECT_EQ(tlsf_free(&tlsf, NULL), STATUS_OK);
    EXPECT_EQ(tlsf_free(&tlsf, elsewhere), STATUS_FOREIGN);
    EXPECT_EQ(tlsf_free(&tlsf, arena), STATUS_FOREIGN);
    EXPECT_EQ(tlsf_free(&tlsf, arena + sizeof(arena)), STATUS_FOREIGN);
    EXPECT_EQ(tlsf_free(&tlsf, second + 1), STATUS_FOREIGN);
    EXPECT_EQ(tlsf_free(&tlsf, second + 8), STATUS_FOREIGN);
    EXPECT_EQ(tlsf_free(&tlsf, second + 32), STATUS_FOREIGN);
    EXPECT_EQ(tlsf_resize_in_place(&tlsf, second + 32, 4), STATUS_FOREIGN);
    EXPECT(tlsf_check(&tlsf));
    EXPECT_EQ(tlsf_free(&tlsf, first), STATUS_OK);
    EXPECT_EQ(tlsf_free(&tlsf, first), STATUS_DOUBLE_FREE);
    EXPECT_EQ(tlsf_free(&tlsf, second), STATUS_OK); /* merges with the one before */
    EXPECT_EQ(tlsf_free(&tlsf, second), STATUS_DOUBLE_FREE);
    EXPECT(tlsf_resize(&tlsf, second, 200) == NULL);
    EXPECT_EQ(tlsf_free(&tlsf, third), STATUS_OK);
    EXPECT_EQ(tlsf_free(&tlsf, third), STATUS_DOUBLE_FREE);
    EXPECT_EQ(tlsf_free(&tlsf, second), STATUS_DOUBLE_FREE);
    expect_whole(1);
}

/* However it merged, a block that was just freed is known for it. */
TEST(tlsf_immediate_second_free_is_always_told) {
    struct random random = test_random();
    setup(65536);
    for (int step = 0; step < 20000; step++) {
        struct slot *slot = &slots[random_below(&random, SLOTS)];
        uint8_t *memory = slot->memory;
        if (memory == NULL) {
            take(&random, slot, 1, random_between(&random, 1, 200));
        } else {
            give_back(slot);
            EXPECT_EQ(tlsf_free(&tlsf, memory), STATUS_DOUBLE_FREE);
            EXPECT_EQ(tlsf_resize_in_place(&tlsf, memory, 8), STATUS_DOUBLE_FREE);
        }
    }
    expect_whole(1);
}

TEST(tlsf_resize_grows_in_place_when_it_can) {
    setup(65536);
    uint8_t *first = tlsf_alloc(&tlsf, 100);
    EXPECT_EQ(tlsf_resize_in_place(&tlsf, first, 60000), STATUS_OK);
    EXPECT_EQ(tlsf_resize_in_place(&tlsf, first, 1), STATUS_OK);
    EXPECT_EQ(tlsf_usable_size(first), 24);
    uint8_t *second = tlsf_alloc(&tlsf, 1000);
    EXPECT_EQ(tlsf_resize_in_place(&tlsf, first, 100), STATUS_NO_MEMORY);
    EXPECT(tlsf_resize(&tlsf, first, 50000) != first);
    EXPECT_EQ(tlsf_free(&tlsf, first), STATUS_DOUBLE_FREE);
    EXPECT(tlsf_resize(&tlsf, NULL, 100) != NULL);
    EXPECT(tlsf_resize(&tlsf, second, 60000) == NULL);
    EXPECT_EQ(tlsf_usable_size(second), 1000);
    EXPECT(tlsf_check(&tlsf));
}

TEST(tlsf_cut_off_rest_is_a_block_from_32_bytes_on) {
    setup(65536);
    uint8_t *first = tlsf_alloc(&tlsf, 72);
    uint8_t *fence = tlsf_alloc(&tlsf, 24);
    EXPECT(fence == first + 80);
    EXPECT_EQ(tlsf_resize_in_place(&tlsf, first, 56), STATUS_OK);
    EXPECT_EQ(tlsf_usable_size(first), 72); /* 16 would be no block */
    EXPECT_EQ(tlsf_resize_in_place(&tlsf, first, 40), STATUS_OK);
    EXPECT_EQ(tlsf_usable_size(first), 40);
    EXPECT(tlsf_alloc(&tlsf, 24) == first + 48);
    EXPECT(tlsf_check(&tlsf));
}

TEST(tlsf_debug_build_poisons_and_notices) {
    setup(65536);
    uint8_t *memory = tlsf_alloc(&tlsf, 100);
    uint8_t *fence = tlsf_alloc(&tlsf, 100);
    EXPECT_EQ(memory[0], 0xa5);
    EXPECT_EQ(memory[63], 0xa5);
    EXPECT_EQ(tlsf_free(&tlsf, memory), STATUS_OK);
    EXPECT_EQ(memory[16], 0xde);
    EXPECT_EQ(memory[79], 0xde);
    memory[40] = 1; /* written after free */
    EXPECT_PANIC(EXPECT(tlsf_alloc(&tlsf, 100)));
    memory[40] = 0xde;
    EXPECT(tlsf_alloc(&tlsf, 100) == memory);
    uint8_t saved[16];
    memcpy(saved, memory + 104 - 8, 16);
    memset(memory + 104, 0x41, 8); /* past the end: the next block's header */
    EXPECT_PANIC(EXPECT_EQ(tlsf_free(&tlsf, memory), STATUS_OK));
    memcpy(memory + 104 - 8, saved, 16);
    (void)fence;
}

TEST(tlsf_check_finds_corruption) {
    setup(65536);
    uint8_t *memory[8];
    for (int i = 0; i < 8; i++) {
        memory[i] = tlsf_alloc(&tlsf, 72);
    }
    for (int i = 1; i < 8; i += 2) {
        EXPECT_EQ(tlsf_free(&tlsf, memory[i]), STATUS_OK);
    }
    EXPECT(tlsf_check(&tlsf));
    for (int i = 0; i < 8; i++) {
        struct tlsf_block *block = block_of(memory[i]);
        struct tlsf_block saved = *block;
        block->state ^= 1;
        EXPECT(!tlsf_check(&tlsf));
        *block = saved;
        block->size += 16;
        EXPECT(!tlsf_check(&tlsf));
        *block = saved;
        if (i % 2 == 0 && i != 0) {
            block->previous = block;
            EXPECT(!tlsf_check(&tlsf));
            *block = saved;
        } else if (i % 2 == 1) {
            block->next = block_of(memory[0]);
            EXPECT(!tlsf_check(&tlsf));
            *block = saved;
            block->next = (struct tlsf_block *)(uintptr_t)8;
            EXPECT(!tlsf_check(&tlsf));
            *block = saved;
            block->back = (struct tlsf_block **)(uintptr_t)16;
            EXPECT(!tlsf_check(&tlsf));
            *block = saved;
        }
    }
    EXPECT(tlsf_check(&tlsf));
    for (int word = 0; word < TLSF_MAP_WORDS + 1; word++) {
        tlsf.map[word] ^= BIT(63 - 17);
        EXPECT(!tlsf_check(&tlsf));
        tlsf.map[word] ^= BIT(63 - 17);
    }
    tlsf.usage++;
    EXPECT(!tlsf_check(&tlsf));
    tlsf.usage--;
    EXPECT(tlsf_check(&tlsf));
}

/* The bitmap is searched from its first word to its end. */
TEST(tlsf_longest_search) {
    setup(4096);
    while (tlsf_alloc(&tlsf, REQUEST_MIN) != NULL) {
    }
    for (int i = 0; i < TLSF_MAP_WORDS; i++) {
        EXPECT_EQ(tlsf.map[i], 0);
    }
    EXPECT(tlsf_alloc(&tlsf, 1) == NULL);
    struct tlsf_stats stats;
    tlsf_stats(&tlsf, &stats);
    EXPECT_EQ(stats.largest_free, 0);
    EXPECT(tlsf_check(&tlsf));
}

/* A block of many pieces of STRING_BLOCK_MAX that must move. */
TEST(tlsf_resize_moves_a_large_block) {
    setup(sizeof(arena));
    const size_t size = 10 * STRING_BLOCK_MAX + 5;
    uint8_t *block = tlsf_alloc(&tlsf, size);
    EXPECT(tlsf_alloc(&tlsf, 100) != NULL);
    for (size_t i = 0; i < size; i++) {
        block[i] = (uint8_t)(i / 7);
    }
    uint8_t *moved = tlsf_resize(&tlsf, block, 2 * size);
    EXPECT(moved != NULL && moved != block);
    for (size_t i = 0; i < size; i++) {
        EXPECT_EQ(moved[i], (uint8_t)(i / 7));
    }
}

TEST(tlsf_check_refuses_too_many_blocks) {
    static ALIGNED(16) uint8_t large[(TLSF_CHECK_BLOCKS_MAX + 2) * BLOCK_SIZE_MIN];
    tlsf_init(&tlsf);
    EXPECT_EQ(tlsf_add_region(&tlsf, large, sizeof(large)), STATUS_OK);
    for (unsigned i = 0; i + 1 < TLSF_CHECK_BLOCKS_MAX; i++) {
        EXPECT(tlsf_alloc(&tlsf, REQUEST_MIN) != NULL);
    }
    EXPECT(tlsf_check(&tlsf));
    EXPECT(tlsf_alloc(&tlsf, REQUEST_MIN) != NULL);
    EXPECT(!tlsf_check(&tlsf));
}
