/* SPDX-License-Identifier: MIT */
/* The frame allocator against a shadow: one byte for each page of the whole span. No frame is ever
 * touched, so 8 GiB cost no more than their bitmaps. */
#include "kernel/mm/frame.h"

#include <stdlib.h>

#include "kernel/mm/frame_internal.h"
#include "lib/bits.h"
#include "tests/unit/test.h"

#define MIB  (UINT64_C(1) << 20)
#define GIB  (UINT64_C(1) << 30)
#define BASE UINT64_C(0x40000000)

static uint64_t *bookkeeping_memory;
static unsigned pointer_calls;

/* Exactly the bookkeeping's pages, so that the sanitizer sees a word too far; full of rubbish. */
static void *to_pointer(paddr_t address) {
    struct phys_range bookkeeping = frame_bookkeeping();
    EXPECT_EQ(address.value, bookkeeping.start.value);
    free(bookkeeping_memory);
    bookkeeping_memory = malloc(bookkeeping.size);
    memset(bookkeeping_memory, 0xa5, bookkeeping.size);
    pointer_calls++;
    return bookkeeping_memory;
}

static struct phys_range range(uint64_t start, uint64_t size) {
    return (struct phys_range){paddr(start), size};
}

static void map_build(struct physical_map *map, const struct phys_range *ram, uint32_t count) {
    EXPECT_EQ(physical_map_build(map, ram, count, NULL, 0), STATUS_OK);
}

/* All usable memory of one range, everything mapped at boot. */
static void init_one(uint64_t size) {
    struct physical_map map;
    const struct phys_range ram = range(BASE, size);
    map_build(&map, &ram, 1);
    EXPECT_EQ(frame_init(&map, ram, to_pointer), STATUS_OK);
}

static struct frame_statistics statistics(void) {
    struct frame_statistics result;
    frame_statistics_read(&result);
    return result;
}

/* Each level says of the one below what it should, and level 0 as many as are counted. */
static void expect_levels_agree(void) {
    uint64_t bits = frames.total;
    for (uint32_t level = 0; level < frames.level_count; level++) {
        uint64_t words = (bits + 63) / 64;
        uint64_t set = 0;
        for (uint64_t i = 0; i < words; i++) {
            uint64_t word = frames.level[level][i];
            set += (uint64_t)__builtin_popcountll(word);
            EXPECT(i + 1 < words || bits % 64 == 0 || word >> (bits % 64) == 0);
            if (level + 1 < frames.level_count) {
                EXPECT_EQ((frames.level[level + 1][i / 64] >> (i % 64)) & 1, word != 0);
            }
        }
        EXPECT(level != 0 || set == frames.free);
        bits = words;
    }
    EXPECT_EQ(bits, 1);
}

/* --- Beginning ------------------------------------------------------------------------------- */

TEST(frames_before_init) {
    paddr_t frame;
    frames = (struct frame_allocator){.level_count = 0};
    EXPECT_EQ(frame_alloc(&frame), STATUS_NOT_INITIALIZED);
    EXPECT_EQ(frame_free(paddr(BASE)), STATUS_NOT_INITIALIZED);
    EXPECT_EQ(frame_alloc_contiguous(1, PAGE_SIZE, &frame), STATUS_NOT_INITIALIZED);
    EXPECT_EQ(frame_free_contiguous(paddr(BASE), 1), STATUS_NOT_INITIALIZED);
    EXPECT_EQ(statistics().total, 0);
    EXPECT_EQ(frame_bookkeeping().size, 0);
}

TEST(frames_init_refuses) {
    struct physical_map map;
    const struct phys_range ram = range(BASE, 64 * MIB);
    map_build(&map, &ram, 1);
    EXPECT_EQ(frame_init(&map, ram, NULL), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(frame_init(&map, range(0, 0), to_pointer), STATUS_NO_MEMORY);
    EXPECT_EQ(frame_init(&map, range(BASE + 64 * MIB, GIB), to_pointer), STATUS_NO_MEMORY);
    EXPECT_EQ(frame_init(&map, range(BASE + 1, PAGE_SIZE), to_pointer), STATUS_NO_MEMORY);
    EXPECT_EQ(frame_init(&map, range(UINT64_MAX, UINT64_MAX), to_pointer), STATUS_NO_MEMORY);
    map.usable_count = 0;
    EXPECT_EQ(frame_init(&map, ram, to_pointer), STATUS_NO_MEMORY);
    const struct phys_range page = range(BASE, PAGE_SIZE); /* only room for the bookkeeping */
    map_build(&map, &page, 1);
    EXPECT_EQ(frame_init(&map, page, to_pointer), STATUS_NO_MEMORY);
    const struct phys_range vast = range(0, UINT64_C(1) << 44);
    map_build(&map, &vast, 1);
    EXPECT_EQ(frame_init(&map, vast, to_pointer), STATUS_OUT_OF_RANGE);
    const struct phys_range most = range(BASE, CONFIG_MEMORY_MAX);
    const struct phys_range more = range(BASE, CONFIG_MEMORY_MAX + PAGE_SIZE);
    map_build(&map, &more, 1);
    EXPECT_EQ(frame_init(&map, more, to_pointer), STATUS_OUT_OF_RANGE);
    map_build(&map, &most, 1);
    EXPECT_EQ(frame_init(&map, most, to_pointer), STATUS_OK);
    EXPECT_EQ(frames.level_count, FRAME_LEVELS_MAX);
    map_build(&map, &more, 1);
    EXPECT_EQ(frame_init(&map, more, to_pointer), STATUS_OUT_OF_RANGE);
    paddr_t frame;
    EXPECT_EQ(frame_alloc(&frame), STATUS_NOT_INITIALIZED);
}

TEST(frames_bookkeeping_lies_where_boot_maps) {
    struct physical_map map;
    const struct phys_range ram[] = {range(0x10000000, 0x3000), range(BASE, 64 * MIB)};
    map_build(&map, ram, 2);
    /* Starts in the middle of a page; the bookkeeping splits the second range. */
    EXPECT_EQ(frame_init(&map, range(BASE + 0x5800, MIB), to_pointer), STATUS_OK);
    struct phys_range own = frame_bookkeeping();
    EXPECT_EQ(own.start.value, BASE + 0x6000);
    EXPECT_EQ(own.size, PAGE_SIZE);
    EXPECT_EQ(statistics().total, 3 + 64 * MIB / PAGE_SIZE - 1);
    expect_levels_agree();
    paddr_t frame;
    for (uint64_t i = 0; i < 12; i++) {
        EXPECT_EQ(frame_alloc(&frame), STATUS_OK);
        EXPECT_EQ(frame.value,
                  i < 3 ? 0x10000000 + i * PAGE_SIZE : BASE + (i - 3 + (i >= 9)) * PAGE_SIZE);
    }
    EXPECT_EQ(frame_free(own.start), STATUS_FOREIGN);
    EXPECT_EQ(frame_free_contiguous(paddr(own.start.value - PAGE_SIZE), 3), STATUS_FOREIGN);
    /* At the very end of a range. */
    EXPECT_EQ(frame_init(&map, range(BASE + 64 * MIB - PAGE_SIZE, MIB), to_pointer), STATUS_OK);
    EXPECT_EQ(frame_bookkeeping().start.value, BASE + 64 * MIB - PAGE_SIZE);
    /* The whole of one. */
    const struct phys_range page = range(0x10000000, PAGE_SIZE);
    const struct phys_range with_page[] = {page, range(BASE, MIB)};
    map_build(&map, with_page, 2);
    EXPECT_EQ(frame_init(&map, page, to_pointer), STATUS_OK);
    EXPECT_EQ(frame_alloc(&frame), STATUS_OK);
    EXPECT_EQ(frame.value, BASE);
    EXPECT_EQ(frame_free(page.start), STATUS_FOREIGN);
    EXPECT_EQ(frames.range_count, 1);
}

/* Sizes around the ones where the levels fill their last page. */
TEST(frames_bookkeeping_is_large_enough) {
    for (uint64_t words = 4090; words < 4700; words++) {
        init_one(words * 64 * PAGE_SIZE);
        expect_levels_agree();
    }
}

/* --- Single frames --------------------------------------------------------------------------- */

TEST(frames_lowest_first) {
    init_one(64 * MIB);
    EXPECT_EQ(pointer_calls != 0, true);
    paddr_t frame;
    uint64_t first = frame_bookkeeping().start.value + frame_bookkeeping().size;
    for (uint64_t i = 0; i < 200; i++) {
        EXPECT_EQ(frame_alloc(&frame), STATUS_OK);
        EXPECT_EQ(frame.value, first + i * PAGE_SIZE);
    }
    EXPECT_EQ(frame_free(paddr(first + 130 * PAGE_SIZE)), STATUS_OK);
    EXPECT_EQ(frame_free(paddr(first + 7 * PAGE_SIZE)), STATUS_OK);
    EXPECT_EQ(frame_alloc(&frame), STATUS_OK);
    EXPECT_EQ(frame.value, first + 7 * PAGE_SIZE);
    EXPECT_EQ(frame_alloc(&frame), STATUS_OK);
    EXPECT_EQ(frame.value, first + 130 * PAGE_SIZE);
    EXPECT_EQ(frame_alloc(&frame), STATUS_OK);
    EXPECT_EQ(frame.value, first + 200 * PAGE_SIZE);
}

TEST(frames_wrong_frees_are_refused) {
    struct physical_map map;
    const struct phys_range ram[] = {range(BASE, MIB), range(2 * BASE, MIB)};
    map_build(&map, ram, 2);
    EXPECT_EQ(frame_init(&map, ram[0], to_pointer), STATUS_OK);
    paddr_t frame;
    EXPECT_EQ(frame_alloc(&frame), STATUS_OK);
    struct frame_statistics before = statistics();
    EXPECT_EQ(frame_free(paddr(frame.value + 1)), STATUS_MISALIGNED);
    EXPECT_EQ(frame_free(paddr(frame.value + PAGE_SIZE)), STATUS_DOUBLE_FREE);
    static const uint64_t foreign[] = {0,
                                       BASE - PAGE_SIZE,
                                       BASE + MIB,
                                       2 * BASE - PAGE_SIZE,
                                       2 * BASE + MIB,
                                       UINT64_C(1) << 52,
                                       UINT64_MAX - PAGE_MASK};
    for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
        EXPECT_EQ(frame_free(paddr(foreign[i])), STATUS_FOREIGN);
        EXPECT_EQ(frame_free_contiguous(paddr(foreign[i]), 2), STATUS_FOREIGN);
    }
    EXPECT_EQ(statistics().free, before.free);
    EXPECT_EQ(frame_free(frame), STATUS_OK);
    EXPECT_EQ(frame_free(frame), STATUS_DOUBLE_FREE);
    EXPECT_EQ(statistics().free, before.free + 1);
}

TEST(frames_run_out_and_come_back) {
    init_one(64 * MIB);
    struct frame_statistics begin = statistics();
    EXPECT_EQ(begin.total, 64 * MIB / PAGE_SIZE - frame_bookkeeping().size / PAGE_SIZE);
    EXPECT_EQ(begin.free, begin.total);
    paddr_t frame;
    paddr_t last = paddr(0);
    for (uint64_t i = 0; i < begin.total; i++) {
        EXPECT_EQ(frame_alloc(&frame), STATUS_OK);
        EXPECT(frame.value > last.value);
        last = frame;
    }
    EXPECT_EQ(last.value, BASE + 64 * MIB - PAGE_SIZE);
    EXPECT_EQ(frame_alloc(&frame), STATUS_NO_MEMORY);
    EXPECT_EQ(frame_alloc_contiguous(1, PAGE_SIZE, &frame), STATUS_NO_MEMORY);
    EXPECT_EQ(statistics().free, 0);
    EXPECT_EQ(statistics().lowest_free, 0);
    expect_levels_agree();
    EXPECT_EQ(frame_free(last), STATUS_OK);
    EXPECT_EQ(frame_alloc(&frame), STATUS_OK);
    EXPECT_EQ(frame.value, last.value);
    uint64_t first = BASE + frame_bookkeeping().size;
    EXPECT_EQ(frame_free_contiguous(paddr(first), begin.total), STATUS_OK);
    EXPECT_EQ(statistics().free, begin.total);
    EXPECT_EQ(statistics().lowest_free, 0);
    expect_levels_agree();
}

/* --- Runs ------------------------------------------------------------------------------------ */

TEST(frames_contiguous_alignment) {
    init_one(64 * MIB);
    paddr_t single;
    paddr_t run;
    EXPECT_EQ(frame_alloc(&single), STATUS_OK);
    EXPECT_EQ(frame_alloc_contiguous(16 * MIB / PAGE_SIZE, 2 * MIB, &run), STATUS_OK);
    EXPECT_EQ(run.value, BASE + 2 * MIB);
    EXPECT_EQ(frame_free_contiguous(run, 16 * MIB / PAGE_SIZE), STATUS_OK);
    EXPECT_EQ(frame_alloc_contiguous(3, 1, &run), STATUS_OK);
    EXPECT_EQ(run.value, single.value + PAGE_SIZE);
    EXPECT_EQ(frame_alloc_contiguous(0, PAGE_SIZE, &run), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(frame_alloc_contiguous(1, 0, &run), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(frame_alloc_contiguous(1, 3 * PAGE_SIZE, &run), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(frame_alloc_contiguous(1, UINT64_C(1) << 63, &run), STATUS_NO_MEMORY);
    EXPECT_EQ(frame_alloc_contiguous(UINT64_MAX, PAGE_SIZE, &run), STATUS_NO_MEMORY);
    EXPECT_EQ(frame_alloc_contiguous(statistics().free + 1, PAGE_SIZE, &run), STATUS_NO_MEMORY);
    EXPECT_EQ(frame_alloc_contiguous(statistics().free, PAGE_SIZE, &run), STATUS_OK);
    EXPECT_EQ(statistics().free, 0);
    EXPECT_EQ(frame_free_contiguous(run, 0), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(frame_free_contiguous(paddr(run.value + 8), 1), STATUS_MISALIGNED);
    EXPECT_EQ(frame_free_contiguous(run, UINT64_MAX), STATUS_FOREIGN);
}

TEST(frames_run_does_not_cross_a_hole) {
    struct physical_map map;
    /* Neighbours in number, not in address. */
    const struct phys_range ram[] = {range(BASE, 8 * PAGE_SIZE), range(2 * BASE, 6 * PAGE_SIZE)};
    map_build(&map, ram, 2);
    EXPECT_EQ(frame_init(&map, ram[0], to_pointer), STATUS_OK);
    paddr_t run;
    EXPECT_EQ(frame_alloc_contiguous(8, PAGE_SIZE, &run), STATUS_NO_MEMORY);
    EXPECT_EQ(frame_alloc_contiguous(7, PAGE_SIZE, &run), STATUS_OK);
    EXPECT_EQ(run.value, BASE + PAGE_SIZE);
    EXPECT_EQ(frame_alloc_contiguous(6, PAGE_SIZE, &run), STATUS_OK);
    EXPECT_EQ(run.value, 2 * BASE);
    EXPECT_EQ(frame_free_contiguous(paddr(BASE + PAGE_SIZE), 8), STATUS_FOREIGN);
    EXPECT_EQ(frame_free_contiguous(paddr(BASE + PAGE_SIZE), 7), STATUS_OK);
}

TEST(frames_run_is_freed_whole_or_not_at_all) {
    init_one(64 * MIB);
    paddr_t run;
    EXPECT_EQ(frame_alloc_contiguous(300, PAGE_SIZE, &run), STATUS_OK);
    EXPECT_EQ(frame_free(paddr(run.value + 299 * PAGE_SIZE)), STATUS_OK);
    uint64_t before = statistics().free;
    EXPECT_EQ(frame_free_contiguous(run, 300), STATUS_DOUBLE_FREE);
    EXPECT_EQ(statistics().free, before);
    EXPECT_EQ(frame_free_contiguous(run, 299), STATUS_OK);
    EXPECT_EQ(statistics().free, statistics().total);
}

/* --- Large memory ---------------------------------------------------------------------------- */

TEST(frames_of_8_gib_with_holes) {
    struct physical_map map;
    const struct phys_range ram[] = {range(BASE, GIB), range(4 * GIB, 3 * GIB),
                                     range(16 * GIB, 2 * GIB), range(255 * GIB, 2 * GIB)};
    const struct physical_reservation reserved[] = {{range(BASE, 3 * MIB), "image", false},
                                                    {range(5 * GIB + 1, 1), "speck", false}};
    EXPECT_EQ(physical_map_build(&map, ram, 4, reserved, 2), STATUS_OK);
    EXPECT_EQ(frame_init(&map, ram[0], to_pointer), STATUS_OK);
    EXPECT_EQ(frame_bookkeeping().start.value, BASE + 3 * MIB);
    uint64_t own = frame_bookkeeping().size / PAGE_SIZE;
    EXPECT(own <= 66); /* 256 KiB of bits, and a 64th of it above */
    uint64_t total = (8 * GIB - 3 * MIB) / PAGE_SIZE - 1 - own;
    EXPECT_EQ(statistics().total, total);
    expect_levels_agree();
    paddr_t frame;
    uint64_t previous = 0;
    for (uint64_t i = 0; i < total; i++) {
        EXPECT_EQ(frame_alloc(&frame), STATUS_OK);
        EXPECT(frame.value > previous);
        previous = frame.value;
    }
    EXPECT_EQ(previous, 257 * GIB - PAGE_SIZE);
    EXPECT_EQ(frame_alloc(&frame), STATUS_NO_MEMORY);
    EXPECT_EQ(frame_free(paddr(5 * GIB)), STATUS_FOREIGN);
    EXPECT_EQ(frame_free(paddr(5 * GIB + PAGE_SIZE)), STATUS_OK);
    EXPECT_EQ(frame_free_contiguous(paddr(16 * GIB), 2 * GIB / PAGE_SIZE), STATUS_OK);
    EXPECT_EQ(frame_alloc_contiguous(GIB / PAGE_SIZE, GIB, &frame), STATUS_OK);
    EXPECT_EQ(frame.value, 16 * GIB);
    expect_levels_agree();
}

/* --- Against a shadow ------------------------------------------------------------------------ */

#define SHADOW_PAGES 6000

static struct {
    uint8_t state[SHADOW_PAGES]; /* of the page at BASE + n * PAGE_SIZE */
    uint64_t free;
    uint64_t lowest_free;
} shadow;

enum {
    FOREIGN,
    FREE,
    TAKEN,
};

static void shadow_set(uint64_t page, uint64_t count, uint8_t state) {
    for (uint64_t i = 0; i < count; i++) {
        EXPECT(shadow.state[page + i] == (state == TAKEN ? FREE : TAKEN));
        shadow.state[page + i] = state;
    }
    shadow.free += state == FREE ? count : -count;
    shadow.lowest_free = shadow.free < shadow.lowest_free ? shadow.free : shadow.lowest_free;
}

static void shadow_init(const struct physical_map *map) {
    memset(&shadow, 0, sizeof(shadow));
    struct phys_range own = frame_bookkeeping();
    for (uint32_t i = 0; i < map->usable_count; i++) {
        for (uint64_t at = 0; at < map->usable[i].size; at += PAGE_SIZE) {
            uint64_t address = map->usable[i].start.value + at;
            if (address < own.start.value || address >= own.start.value + own.size) {
                shadow.state[(address - BASE) / PAGE_SIZE] = FREE;
                shadow.free++;
            }
        }
    }
    shadow.lowest_free = shadow.free;
}

/* The lowest run of the shadow, SHADOW_PAGES: none. */
static uint64_t shadow_find(uint64_t count, uint64_t alignment) {
    uint64_t length = 0;
    for (uint64_t page = 0; page < SHADOW_PAGES; page++) {
        if (length == 0 && (page * PAGE_SIZE) % alignment != 0) { /* BASE is aligned to all used */
            continue;
        }
        length = shadow.state[page] == FREE ? length + 1 : 0;
        if (length == count) {
            return page + 1 - count;
        }
        /* A run that broke may begin anew only at the next aligned page, which the test
         * above sees to. */
    }
    return SHADOW_PAGES;
}

static uint64_t page_of(paddr_t frame) {
    return (frame.value - BASE) / PAGE_SIZE;
}

static void step_alloc(void) {
    paddr_t frame;
    uint64_t expected = shadow_find(1, PAGE_SIZE);
    status_t status = frame_alloc(&frame);
    EXPECT_EQ(status, expected == SHADOW_PAGES ? STATUS_NO_MEMORY : STATUS_OK);
    if (status == STATUS_OK) {
        EXPECT_EQ(page_of(frame), expected);
        shadow_set(expected, 1, TAKEN);
    }
}

static void step_alloc_run(struct random *random) {
    paddr_t frame;
    uint64_t count = random_between(random, 1, random_one_in(random, 8) ? 300 : 20);
    uint64_t alignment = PAGE_SIZE << random_below(random, 7);
    uint64_t expected = shadow_find(count, alignment);
    status_t status = frame_alloc_contiguous(count, alignment, &frame);
    EXPECT_EQ(status, expected == SHADOW_PAGES ? STATUS_NO_MEMORY : STATUS_OK);
    if (status == STATUS_OK) {
        EXPECT_EQ(page_of(frame), expected);
        shadow_set(expected, count, TAKEN);
    }
}

static void step_free(struct random *random) {
    uint64_t page = random_below(random, SHADOW_PAGES);
    for (uint64_t i = 0; i < 50 && shadow.state[page] != TAKEN; i++) { /* mostly right ones */
        page = random_below(random, SHADOW_PAGES);
    }
    status_t expected = shadow.state[page] == FOREIGN ? STATUS_FOREIGN
                        : shadow.state[page] == FREE  ? STATUS_DOUBLE_FREE
                                                      : STATUS_OK;
    EXPECT_EQ(frame_free(paddr(BASE + page * PAGE_SIZE)), expected);
    if (expected == STATUS_OK) {
        shadow_set(page, 1, FREE);
    }
}

static void step_free_run(struct random *random) {
    uint64_t page = random_below(random, SHADOW_PAGES);
    uint64_t count = 0;
    uint64_t most = random_between(random, 1, 200);
    while (count < most && page + count < SHADOW_PAGES && shadow.state[page + count] == TAKEN) {
        count++;
    }
    if (count != 0) {
        EXPECT_EQ(frame_free_contiguous(paddr(BASE + page * PAGE_SIZE), count), STATUS_OK);
        shadow_set(page, count, FREE);
    }
}

static void step(struct random *random, bool filling) {
    uint64_t dice = random_below(random, 100);
    if (dice < (filling ? 60u : 25u)) {
        step_alloc();
    } else if (dice < (filling ? 75u : 30u)) {
        step_alloc_run(random);
    } else if (dice < (filling ? 99u : 85u)) {
        step_free(random);
    } else {
        step_free_run(random);
    }
}

TEST(frames_agree_with_the_shadow) {
    struct random random = test_random();
    struct physical_map map;
    const struct phys_range ram[] = {range(BASE + 3 * PAGE_SIZE, 1000 * PAGE_SIZE),
                                     range(BASE + 1100 * PAGE_SIZE, 77 * PAGE_SIZE),
                                     range(BASE + 1200 * PAGE_SIZE, PAGE_SIZE),
                                     range(BASE + 1300 * PAGE_SIZE, 4600 * PAGE_SIZE)};
    map_build(&map, ram, ARRAY_SIZE(ram));
    EXPECT_EQ(frame_init(&map, range(BASE + 500 * PAGE_SIZE, MIB), to_pointer), STATUS_OK);
    shadow_init(&map);
    EXPECT_EQ(statistics().total, shadow.free);
    for (uint64_t i = 0; i < 120000; i++) {
        step(&random, i / 15000 % 2 == 0);
        if (i % 1000 == 0) {
            expect_levels_agree();
        }
        EXPECT_EQ(statistics().free, shadow.free);
        EXPECT_EQ(statistics().lowest_free, shadow.lowest_free);
    }
    EXPECT(shadow.lowest_free < 100); /* the mix did fill it */
}
