/* SPDX-License-Identifier: MIT */
/* The bitmap against an array of bools. */
#include "lib/bitmap.h"
#include "tests/unit/test.h"

#define BITS 300

static uint64_t words[BITMAP_WORDS(BITS) + 2]; /* a guard on both sides */
static uint64_t *const bitmap = &words[1];
static bool model[BITS];

static size_t model_find(size_t from, size_t to, bool value) {
    while (from < to && model[from] != value) {
        from++;
    }
    return from;
}

static void change(struct random *random, size_t from, size_t to) {
    size_t bit = random_below(random, BITS);
    bool value = random_one_in(random, 2);
    if (random_one_in(random, 2)) {
        (value ? bitmap_set : bitmap_clear)(bitmap, bit);
        model[bit] = value;
        return;
    }
    (value ? bitmap_set_range : bitmap_clear_range)(bitmap, from, to);
    for (size_t i = from; i < to; i++) {
        model[i] = value;
    }
}

TEST(bitmap_random_operations_match_model) {
    struct random random = test_random();
    memset(words, 0, sizeof(words));
    memset(model, 0, sizeof(model));
    for (int step = 0; step < 100000; step++) {
        size_t from = random_below(&random, BITS + 1);
        size_t to = from + random_below(&random, BITS - from + 1);
        change(&random, from, to);
        from = random_below(&random, BITS + 1);
        to = from + random_below(&random, BITS - from + 1);
        EXPECT_EQ(bitmap_find_set(bitmap, from, to), model_find(from, to, true));
        EXPECT_EQ(bitmap_find_clear(bitmap, from, to), model_find(from, to, false));
        size_t bit = random_below(&random, BITS);
        EXPECT_EQ(bitmap_test(bitmap, bit), model[bit]);
        EXPECT_EQ(words[0], 0);
        EXPECT_EQ(words[ARRAY_SIZE(words) - 1], 0);
        EXPECT_EQ(bitmap[BITS / 64] >> (BITS % 64), 0);
    }
}

TEST(bitmap_empty_ranges) {
    memset(words, 0xff, sizeof(words));
    EXPECT_EQ(bitmap_find_set(bitmap, 5, 5), 5);
    EXPECT_EQ(bitmap_find_set(bitmap, 7, 5), 5);
    EXPECT_EQ(bitmap_find_clear(bitmap, 0, BITS), BITS);
    bitmap_clear_range(bitmap, 64, 64);
    EXPECT_EQ(bitmap[1], -1);
    EXPECT_EQ(BITMAP_WORDS(0), 0);
    EXPECT_EQ(BITMAP_WORDS(64), 1);
    EXPECT_EQ(BITMAP_WORDS(65), 2);
}

/* The longest range, so laid that it has bits of one word more than its length needs. */
TEST(bitmap_longest_range) {
    static uint64_t longest[BITMAP_RANGE_WORDS];
    const size_t from = 63;
    const size_t to = from + BITMAP_RANGE_MAX;
    memset(longest, 0, sizeof(longest));
    EXPECT_EQ(bitmap_find_set(longest, from, to), to);
    bitmap_set_range(longest, from, to);
    EXPECT_EQ(longest[0], (int64_t)BIT(63));
    EXPECT_EQ(longest[BITMAP_RANGE_WORDS - 1], (int64_t)(BIT(63) - 1));
    EXPECT_EQ(bitmap_find_clear(longest, from, to), to);
    bitmap_clear_range(longest, from, to);
    EXPECT_EQ(bitmap_find_set(longest, 0, to), to);
    EXPECT_PANIC(bitmap_set_range(longest, 0, to + 2));
}
