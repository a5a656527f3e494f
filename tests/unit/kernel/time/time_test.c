/* SPDX-License-Identifier: MIT */
/* Units of time: rounded up, saturating, exact. */
#include "kernel/time/time.h"

#include "tests/unit/test.h"

static const uint64_t frequencies[] = {1000000,  1000003,   19200000,   24000000,
                                       62500000, 100000000, 1000000000, (UINT64_C(1) << 34) - 1};

TEST(lengths_round_up_at_every_frequency) {
    struct random random = test_random();
    for (unsigned i = 0; i < ARRAY_SIZE(frequencies); i++) {
        hosted.frequency_hz = frequencies[i];
        EXPECT_EQ(time_frequency_hz(), frequencies[i]);
        EXPECT_EQ(time_us(0).ticks, 0);
        EXPECT_EQ(time_ms(1000).ticks, frequencies[i]);
        for (int j = 0; j < 1000; j++) {
            uint64_t us = random_next(&random) >> random_between(&random, 24, 63);
            unsigned __int128 product = (unsigned __int128)us * frequencies[i];
            unsigned __int128 exact = product / 1000000 + (product % 1000000 != 0);
            uint64_t expected = exact > UINT64_MAX ? UINT64_MAX : (uint64_t)exact;
            EXPECT_EQ(time_us(us).ticks, expected);
        }
    }
}

TEST(lengths_too_long_are_for_ever) {
    hosted.frequency_hz = 62500000;
    EXPECT_EQ(time_us(UINT64_MAX).ticks, UINT64_MAX);
    EXPECT_EQ(time_ms(UINT64_MAX).ticks, UINT64_MAX);
    EXPECT_EQ(time_ms(UINT64_MAX / 62500).ticks, UINT64_MAX / 62500 * 62500);
    EXPECT_EQ(time_ms(UINT64_MAX / 62500 + 1).ticks, UINT64_MAX);
    EXPECT_EQ(time_ticks(UINT64_MAX).ticks, UINT64_MAX);
}

TEST(moments_saturate_at_the_end_of_time) {
    hosted.now = 1000;
    EXPECT_EQ(time_now().ticks, 1000);
    EXPECT_EQ(time_after(time_ticks(5)).ticks, 1005);
    EXPECT_EQ(time_after(time_ticks(UINT64_MAX - 1001)).ticks, UINT64_MAX - 1);
    EXPECT_EQ(time_after(time_ticks(UINT64_MAX - 999)).ticks, UINT64_MAX);
    EXPECT_EQ(time_after(DURATION_FOREVER).ticks, UINT64_MAX);
    hosted.now = 0;
}

TEST(ticks_as_microseconds_round_down_exactly) {
    struct random random = test_random();
    for (unsigned i = 0; i < ARRAY_SIZE(frequencies); i++) {
        hosted.frequency_hz = frequencies[i];
        for (int j = 0; j < 1000; j++) {
            uint64_t ticks = random_next(&random) >> random_below(&random, 64);
            unsigned __int128 exact = (unsigned __int128)ticks * 1000000 / frequencies[i];
            EXPECT_EQ(time_to_us(ticks), (uint64_t)exact);
        }
    }
    hosted.frequency_hz = 62500000;
}
