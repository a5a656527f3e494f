/* SPDX-License-Identifier: MIT */
/* Single cases with their reason, then random sets of ranges against a model that asks
 * page by page. */
#include "kernel/mm/physical_map.h"

#include "tests/unit/test.h"

#define PAGE UINT64_C(0x1000)

static struct phys_range range(uint64_t start, uint64_t size) {
    return (struct phys_range){paddr(start), size};
}

static struct physical_reservation reservation(uint64_t start, uint64_t size) {
    return (struct physical_reservation){range(start, size), "test", false};
}

static void expect_range(struct phys_range actual, uint64_t start, uint64_t size) {
    EXPECT_EQ(actual.start.value, start);
    EXPECT_EQ(actual.size, size);
}

/* --- RAM alone ------------------------------------------------------------------------------- */

TEST(ram_is_sorted_and_merged) {
    struct physical_map map;
    const struct phys_range ram[] = {
        range(0x80000000, 0x1000), range(0x40000000, 0x2000), range(0x40001000, 0x3000),
        range(0x40004000, 0x1000), range(0x10000000, 0x1000), range(0x40000000, 0x1000),
    };
    EXPECT_EQ(physical_map_build(&map, ram, ARRAY_SIZE(ram), NULL, 0), STATUS_OK);
    EXPECT_EQ(map.usable_count, 3);
    EXPECT_EQ(map.ram_count, 3);
    expect_range(map.usable[0], 0x10000000, 0x1000);
    expect_range(map.usable[1], 0x40000000, 0x5000);
    expect_range(map.usable[2], 0x80000000, 0x1000);
    EXPECT_EQ(map.usable_bytes, 0x7000);
    EXPECT_EQ(map.ram_bytes, 0x7000);
}

TEST(ram_is_rounded_inward_after_merging) {
    struct physical_map map;
    const struct phys_range apart[] = {range(0x1001, 0x2ffe), range(0x8fff, 0x1001),
                                       range(0xb001, 0xffe)};
    EXPECT_EQ(physical_map_build(&map, apart, 3, NULL, 0), STATUS_OK);
    EXPECT_EQ(map.usable_count, 2);
    expect_range(map.usable[0], 0x2000, 0x1000);
    expect_range(map.usable[1], 0x9000, 0x1000);
    /* Two that meet within a page hold it together. */
    const struct phys_range meeting[] = {range(0x1800, 0x800), range(0x1000, 0x800)};
    EXPECT_EQ(physical_map_build(&map, meeting, 2, NULL, 0), STATUS_OK);
    EXPECT_EQ(map.usable_count, 1);
    expect_range(map.usable[0], 0x1000, 0x1000);
}

TEST(ram_that_makes_no_sense_is_left_out) {
    struct physical_map map;
    const struct phys_range ram[] = {
        range(0x40000000, 0),          range(0xfffffffffffff000, 0x2000), /* wraps */
        range(1, UINT64_MAX),                                             /* wraps */
        range(UINT64_MAX, UINT64_MAX), range(PHYSICAL_LIMIT, 0x10000),    range(0x50000000, 0x1000),
    };
    EXPECT_EQ(physical_map_build(&map, ram, ARRAY_SIZE(ram), NULL, 0), STATUS_OK);
    EXPECT_EQ(map.usable_count, 1);
    expect_range(map.usable[0], 0x50000000, 0x1000);
    EXPECT_EQ(physical_map_build(&map, ram, 5, NULL, 0), STATUS_NO_MEMORY);
    EXPECT_EQ(map.ram_count, 0);
}

TEST(ram_ends_at_48_bits) {
    struct physical_map map;
    const struct phys_range ram[] = {range(PHYSICAL_LIMIT - 2 * PAGE, UINT64_C(1) << 60),
                                     range(0, 0x1fff)};
    EXPECT_EQ(physical_map_build(&map, ram, 2, NULL, 0), STATUS_OK);
    EXPECT_EQ(map.usable_count, 2);
    expect_range(map.usable[0], 0, 0x1000);
    expect_range(map.usable[1], PHYSICAL_LIMIT - 2 * PAGE, 2 * PAGE);
}

/* --- Reservations ---------------------------------------------------------------------------- */

TEST(reservations_are_carved_outward) {
    struct physical_map map;
    const struct phys_range ram = range(0x40000000, 0x100000);
    const struct physical_reservation reserved[] = {
        reservation(0x40010fff, 2),      /* one byte each of two pages */
        reservation(0x40000000, 1),      /* the first page */
        reservation(0x400ff800, 0x9000), /* the last and beyond */
        reservation(0x40020000, 0),      /* nothing */
        reservation(0x30000000, 0x1000), /* no RAM there */
        reservation(0x40030000, 0x1000),
    };
    EXPECT_EQ(physical_map_build(&map, &ram, 1, reserved, ARRAY_SIZE(reserved)), STATUS_OK);
    EXPECT_EQ(map.usable_count, 3);
    expect_range(map.usable[0], 0x40001000, 0xf000);
    expect_range(map.usable[1], 0x40012000, 0x1e000);
    expect_range(map.usable[2], 0x40031000, 0xce000);
    EXPECT_EQ(map.ram_count, 1);
    expect_range(map.ram[0], 0x40000000, 0x100000);
    EXPECT_EQ(map.usable_bytes, 0xfb000);
}

TEST(reservation_that_must_not_be_mapped_is_no_ram) {
    struct physical_map map;
    const struct phys_range ram = range(0x40000000, 0x10000);
    struct physical_reservation reserved[] = {reservation(0x40002000, 0x1000),
                                              reservation(0x40004000, 0x10)};
    reserved[1].no_map = true;
    EXPECT_EQ(physical_map_build(&map, &ram, 1, reserved, 2), STATUS_OK);
    EXPECT_EQ(map.ram_count, 2);
    expect_range(map.ram[0], 0x40000000, 0x4000);
    expect_range(map.ram[1], 0x40005000, 0xb000);
    EXPECT_EQ(map.usable_count, 3);
    EXPECT(physical_map_is_ram(&map, range(0x40002000, 0x2000)));
    EXPECT(!physical_map_is_ram(&map, range(0x40002000, 0x2001)));
    EXPECT(!physical_map_is_ram(&map, range(0x40004000, 1)));
    EXPECT(!physical_map_is_ram(&map, range(0x3ffffffe, 4)));
    EXPECT(!physical_map_is_ram(&map, range(0x40010000, 1)));
    EXPECT(!physical_map_is_ram(&map, range(0x4000f000, UINT64_MAX)));
}

TEST(reservation_that_wraps_reaches_to_the_end) {
    struct physical_map map;
    const struct phys_range ram = range(0x40000000, 0x10000);
    const struct physical_reservation reserved = reservation(0x40004000, UINT64_MAX);
    EXPECT_EQ(physical_map_build(&map, &ram, 1, &reserved, 1), STATUS_OK);
    EXPECT_EQ(map.usable_count, 1);
    expect_range(map.usable[0], 0x40000000, 0x4000);
}

TEST(reservations_over_everything_leave_no_memory) {
    struct physical_map map;
    const struct phys_range ram = range(0x40000000, 0x8000000);
    const struct physical_reservation all = reservation(0, UINT64_MAX);
    EXPECT_EQ(physical_map_build(&map, &ram, 1, &all, 1), STATUS_NO_MEMORY);
    EXPECT_EQ(map.usable_count, 0);
    EXPECT_EQ(map.ram_bytes, 0x8000000);
    const struct physical_reservation parts[] = {reservation(0x43fff001, 0x4000fff),
                                                 reservation(0x40000000, 0x3fff001)};
    EXPECT_EQ(physical_map_build(&map, &ram, 1, parts, 2), STATUS_NO_MEMORY);
    EXPECT_EQ(physical_map_build(&map, NULL, 0, NULL, 0), STATUS_NO_MEMORY);
}

TEST(more_than_can_be_looked_at_are_told) {
    struct physical_map map;
    struct phys_range ram[PHYSICAL_MAP_GIVEN_MAX + 1];
    struct physical_reservation reserved[PHYSICAL_MAP_GIVEN_MAX + 1];
    for (uint32_t i = 0; i <= PHYSICAL_MAP_GIVEN_MAX; i++) {
        ram[i] = range(0x40000000 + i * 0x1000, 0x1000);
        reserved[i] = reservation(0x40000000, 0x1000);
    }
    EXPECT_EQ(
        physical_map_build(&map, ram, PHYSICAL_MAP_GIVEN_MAX, reserved, PHYSICAL_MAP_GIVEN_MAX),
        STATUS_OK);
    EXPECT_EQ(map.usable_bytes, (PHYSICAL_MAP_GIVEN_MAX - 1) * 0x1000);
    EXPECT_EQ(physical_map_build(&map, ram, PHYSICAL_MAP_GIVEN_MAX + 1, NULL, 0), STATUS_FULL);
    EXPECT_EQ(map.usable_count, 0);
    EXPECT_EQ(physical_map_build(&map, ram, 2, reserved, PHYSICAL_MAP_GIVEN_MAX + 1), STATUS_FULL);
    EXPECT_EQ(map.usable_count, 0);
}

TEST(tables_that_overflow_are_told) {
    struct physical_map map;
    struct phys_range ram[CONFIG_MEMORY_RANGES_MAX + 1];
    struct physical_reservation reserved[CONFIG_MEMORY_RANGES_MAX + 1];
    for (uint32_t i = 0; i <= CONFIG_MEMORY_RANGES_MAX; i++) {
        ram[i] = range(0x40000000 + i * 0x10000, 0x8000);
        reserved[i] = reservation(0x40002000 + i * 0x10000, 0x1000);
    }
    EXPECT_EQ(
        physical_map_build(&map, ram, CONFIG_MEMORY_RANGES_MAX, reserved, CONFIG_MEMORY_RANGES_MAX),
        STATUS_OK);
    EXPECT_EQ(map.usable_count, PHYSICAL_MAP_RANGES_MAX);
    EXPECT_EQ(physical_map_build(&map, ram, CONFIG_MEMORY_RANGES_MAX + 1, NULL, 0), STATUS_FULL);
    EXPECT_EQ(map.usable_count, 0);
    EXPECT_EQ(physical_map_build(&map, ram, 1, reserved, CONFIG_MEMORY_RANGES_MAX + 1),
              STATUS_FULL);
    EXPECT_EQ(map.usable_count, 0);
    /* Empty ones need no place. */
    for (uint32_t i = 1; i <= CONFIG_MEMORY_RANGES_MAX; i++) {
        ram[i].size = 0;
    }
    ram[CONFIG_MEMORY_RANGES_MAX].size = 0x1000;
    EXPECT_EQ(physical_map_build(&map, ram, CONFIG_MEMORY_RANGES_MAX + 1, NULL, 0), STATUS_OK);
    EXPECT_EQ(map.usable_count, 2);
    for (uint32_t i = 0; i < CONFIG_MEMORY_RANGES_MAX; i++) {
        ram[i] = range(0x40000000 + 2 * i * 0x1000, 0);
    }
    EXPECT_EQ(physical_map_build(&map, ram, CONFIG_MEMORY_RANGES_MAX + 1, NULL, 0), STATUS_OK);
    ram[0] = range(0x40000000, 0x8000);
    /* One that joins two others makes room. */
    reserved[CONFIG_MEMORY_RANGES_MAX] = reserved[CONFIG_MEMORY_RANGES_MAX - 1];
    reserved[CONFIG_MEMORY_RANGES_MAX - 1] = reservation(0x40003000, 0xf000);
    EXPECT_EQ(physical_map_build(&map, ram, 1, reserved, CONFIG_MEMORY_RANGES_MAX + 1), STATUS_OK);
}

/* --- Listing --------------------------------------------------------------------------------- */

TEST(listing_covers_all_ram_in_order) {
    struct physical_map map;
    const struct phys_range ram[] = {range(0x40000000, 0x10000), range(0x80000000, 0x2000)};
    const struct physical_reservation reserved[] = {reservation(0x40000000, 0x1000),
                                                    reservation(0x40008000, 0x2000),
                                                    reservation(0x80001000, 0x1000)};
    EXPECT_EQ(physical_map_build(&map, ram, 2, reserved, 3), STATUS_OK);
    static const struct {
        uint64_t start, size;
        bool usable;
    } expected[] = {
        {0x40000000, 0x1000, false}, {0x40001000, 0x7000, true}, {0x40008000, 0x2000, false},
        {0x4000a000, 0x6000, true},  {0x80000000, 0x1000, true}, {0x80001000, 0x1000, false},
    };
    uint64_t position = 0;
    struct phys_range entry;
    bool usable;
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        EXPECT(physical_map_next(&map, &position, &entry, &usable));
        expect_range(entry, expected[i].start, expected[i].size);
        EXPECT_EQ(usable, expected[i].usable);
    }
    EXPECT(!physical_map_next(&map, &position, &entry, &usable));
}

TEST(ranges_in_words) {
    char text[64];
    EXPECT_EQ(physical_map_describe(range(0x40000000, 0x10000000), "usable", text, sizeof(text)),
              strlen("0x40000000..0x4fffffff 256 MiB, usable"));
    EXPECT_STRING(text, "0x40000000..0x4fffffff 256 MiB, usable");
    physical_map_describe(range(0, 0x3000), NULL, text, sizeof(text));
    EXPECT_STRING(text, "0x0..0x2fff 12 KiB");
    memset(text, 'x', sizeof(text));
    EXPECT_EQ(physical_map_describe(range(0x40000000, 0x1000), "usable", text, 6), 5);
    EXPECT_STRING(text, "0x400");
    EXPECT_EQ(text[6], 'x');
    EXPECT_EQ(physical_map_describe(range(0, 1), NULL, text, 0), 0);
    EXPECT_EQ(
        physical_map_describe(range(PHYSICAL_LIMIT - PAGE, PAGE), "fifteen letters", text, 64) < 64,
        true);
}

/* --- Against a model ------------------------------------------------------------------------- */

#define MODEL_PAGES 96
#define MODEL_BASE  UINT64_C(0x40000000)

/* Whether RAM holds every byte: asked byte by byte would be slow, so by steps of 0x100, to which
 * the random ranges keep. */
static bool model_is_ram(const struct phys_range *ram, uint32_t count, uint64_t page) {
    for (uint64_t byte = page; byte < page + PAGE; byte += 0x100) {
        bool held = false;
        for (uint32_t i = 0; i < count && !held; i++) {
            held = byte >= ram[i].start.value && byte - ram[i].start.value < ram[i].size;
        }
        if (!held) {
            return false;
        }
    }
    return true;
}

static bool model_is_taken(const struct physical_reservation *reserved, uint32_t count,
                           uint64_t page, bool only_no_map) {
    for (uint32_t i = 0; i < count; i++) {
        struct phys_range taken = reserved[i].range;
        if (taken.size != 0 && (!only_no_map || reserved[i].no_map) &&
            taken.start.value < page + PAGE && page < taken.start.value + taken.size) {
            return true;
        }
    }
    return false;
}

static bool map_has(const struct phys_range *ranges, uint32_t count, uint64_t page) {
    for (uint32_t i = 0; i < count; i++) {
        if (page >= ranges[i].start.value && page - ranges[i].start.value < ranges[i].size) {
            return true;
        }
    }
    return false;
}

static void expect_well_formed(const struct phys_range *ranges, uint32_t count, uint64_t bytes) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        EXPECT(ranges[i].size != 0);
        EXPECT(is_page_aligned(ranges[i].start.value) && is_page_aligned(ranges[i].size));
        EXPECT(i == 0 || ranges[i - 1].start.value + ranges[i - 1].size < ranges[i].start.value);
        sum += ranges[i].size;
    }
    EXPECT_EQ(sum, bytes);
}

static struct phys_range random_range(struct random *random, uint64_t pages) {
    uint64_t unit = random_one_in(random, 2) ? PAGE : 0x100;
    return range(MODEL_BASE + random_below(random, MODEL_PAGES * PAGE / unit) * unit,
                 random_below(random, pages * PAGE / unit) * unit);
}

TEST(random_ranges_agree_with_the_model) {
    struct random random = test_random();
    for (int run = 0; run < 4000; run++) {
        struct physical_map map;
        struct phys_range ram[8];
        struct physical_reservation reserved[12];
        uint32_t ram_count = (uint32_t)random_between(&random, 1, ARRAY_SIZE(ram));
        uint32_t reserved_count = (uint32_t)random_below(&random, ARRAY_SIZE(reserved) + 1);
        for (uint32_t i = 0; i < ram_count; i++) {
            ram[i] = random_range(&random, 40);
        }
        for (uint32_t i = 0; i < reserved_count; i++) {
            reserved[i] = (struct physical_reservation){random_range(&random, 10), "test",
                                                        random_one_in(&random, 3)};
        }
        status_t status = physical_map_build(&map, ram, ram_count, reserved, reserved_count);
        EXPECT_EQ(status, map.usable_count == 0 ? STATUS_NO_MEMORY : STATUS_OK);
        expect_well_formed(map.ram, map.ram_count, map.ram_bytes);
        expect_well_formed(map.usable, map.usable_count, map.usable_bytes);
        for (uint64_t page = MODEL_BASE - PAGE; page < MODEL_BASE + (MODEL_PAGES + 50) * PAGE;
             page += PAGE) {
            bool is_ram = model_is_ram(ram, ram_count, page);
            EXPECT_EQ(map_has(map.usable, map.usable_count, page),
                      is_ram && !model_is_taken(reserved, reserved_count, page, false));
            EXPECT_EQ(map_has(map.ram, map.ram_count, page),
                      is_ram && !model_is_taken(reserved, reserved_count, page, true));
        }
    }
}
