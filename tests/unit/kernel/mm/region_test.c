/* SPDX-License-Identifier: MIT */
/* The smallest region is found, the nearest too, and nothing is believed that wraps. */
#include "kernel/mm/region.h"

#include "lib/random.h"
#include "tests/unit/test.h"

static void add(const char *name, uint64_t start, uint64_t size, enum region_use use) {
    EXPECT_EQ(region_add(name, vaddr(start), size, use), STATUS_OK);
}

static const char *at(uint64_t address) {
    struct region found;
    return region_at(vaddr(address), &found) ? found.name : "none";
}

static const char *near(uint64_t address) {
    struct region found;
    return region_nearest(vaddr(address), &found) ? found.name : "none";
}

TEST(the_smallest_region_is_found) {
    region_forget();
    EXPECT_STRING(at(0), "none");
    add("outer", 0x1000, 0x9000, REGION_DATA);
    add("inner", 0x2000, 0x1000, REGION_TEXT);
    add("innermost", 0x2800, 1, REGION_GUARD);
    EXPECT_STRING(at(0xfff), "none");
    EXPECT_STRING(at(0x1000), "outer");
    EXPECT_STRING(at(0x1fff), "outer");
    EXPECT_STRING(at(0x2000), "inner");
    EXPECT_STRING(at(0x2800), "innermost");
    EXPECT_STRING(at(0x2801), "inner");
    EXPECT_STRING(at(0x2fff), "inner");
    EXPECT_STRING(at(0x3000), "outer");
    EXPECT_STRING(at(0x9fff), "outer");
    EXPECT_STRING(at(0xa000), "none");
}

TEST(the_nearest_region_is_found_by_either_end) {
    region_forget();
    EXPECT_STRING(near(5), "none");
    add("low", 0x1000, 0x1000, REGION_DATA);
    add("high", 0x9000, 0x1000, REGION_DATA);
    add("guard", 0x5000, 0x1000, REGION_GUARD);
    EXPECT_STRING(near(0), "low");
    EXPECT_STRING(near(0x4000), "low");
    EXPECT_STRING(near(0x5800), "high"); /* a guard is nothing to be near to */
    EXPECT_STRING(near(0x57ff), "low");  /* 0x3800 bytes behind, 0x3801 before */
    EXPECT_STRING(near(UINT64_MAX), "high");
}

TEST(regions_at_the_ends_of_the_address_space) {
    region_forget();
    add("first", 0, 1, REGION_DATA);
    add("last", UINT64_MAX, 1, REGION_DATA);
    EXPECT_STRING(at(0), "first");
    EXPECT_STRING(at(UINT64_MAX), "last");
    EXPECT_STRING(at(1), "none");
    EXPECT_STRING(near(1), "first");
    EXPECT_STRING(near(UINT64_MAX - 1), "last");
    EXPECT_EQ(region_add("empty", vaddr(5), 0, REGION_DATA), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(region_add("wraps", vaddr(UINT64_MAX), 2, REGION_DATA), STATUS_INVALID_ARGUMENT);
}

TEST(a_full_table_says_so_and_keeps_what_it_has) {
    region_forget();
    for (uint32_t i = 0; i < REGIONS_MAX; i++) {
        add("one", i * UINT64_C(0x1000), 0x800, REGION_DATA);
    }
    EXPECT_EQ(region_add("more", vaddr(0x800), 0x10, REGION_DATA), STATUS_FULL);
    EXPECT_STRING(at(0x800), "none");
    EXPECT_STRING(at((REGIONS_MAX - 1) * UINT64_C(0x1000)), "one");
}

/* Against a search that does not think. */
TEST(random_regions_agree_with_a_plain_search) {
    struct random random = test_random();
    for (unsigned round = 0; round < 200; round++) {
        uint64_t start[12];
        uint64_t size[12];
        region_forget();
        for (unsigned i = 0; i < 12; i++) {
            start[i] = random_below(&random, 1000);
            size[i] = 1 + random_below(&random, 300) * 16 + i; /* no two alike */
            add("one", start[i], size[i], REGION_DATA);
        }
        for (uint64_t address = 0; address < 6500; address += 1 + random_below(&random, 9)) {
            uint64_t smallest = UINT64_MAX;
            uint64_t nearest = UINT64_MAX;
            for (unsigned i = 0; i < 12; i++) {
                bool in = address >= start[i] && address < start[i] + size[i];
                smallest = in && size[i] < smallest ? size[i] : smallest;
                uint64_t away =
                    address < start[i] ? start[i] - address : address - (start[i] + size[i] - 1);
                nearest = !in && away < nearest ? away : nearest;
            }
            struct region found;
            EXPECT_EQ(region_at(vaddr(address), &found), smallest != UINT64_MAX);
            if (smallest != UINT64_MAX) {
                EXPECT_EQ(found.size, smallest);
            } else {
                EXPECT(region_nearest(vaddr(address), &found));
                uint64_t away = address < found.start.value
                                    ? found.start.value - address
                                    : address - (found.start.value + found.size - 1);
                EXPECT_EQ(away, nearest);
            }
        }
    }
}
