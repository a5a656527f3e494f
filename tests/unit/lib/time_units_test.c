/* SPDX-License-Identifier: MIT */
/* Lengths of time in ticks: never short, never a whole tick long, never past the end of time. */
#include "lib/time_units.h"

#include "tests/unit/test.h"

#define SECOND_NS UINT64_C(1000000000)

static uint64_t ticks_of(uint64_t count, uint64_t per_second, uint64_t frequency_hz) {
    return duration_from_units(count, per_second, frequency_hz).ticks;
}

static uint64_t added(uint64_t start, uint64_t length) {
    return instant_add((instant_t){start}, (duration_t){length}).ticks;
}

static uint64_t between(uint64_t later, uint64_t earlier) {
    return instant_since((instant_t){later}, (instant_t){earlier}).ticks;
}

TEST(duration_exact) {
    EXPECT_EQ(ticks_of(0, 1000, 62500000), 0);
    EXPECT_EQ(ticks_of(1, 1, 62500000), 62500000);
    EXPECT_EQ(ticks_of(1, 1000, 62500000), 62500);
    EXPECT_EQ(ticks_of(2, 125000000, 62500000), 1);
    EXPECT_EQ(ticks_of(1234567, SECOND_NS, SECOND_NS), 1234567);
    EXPECT_EQ(ticks_of(90, 1000000, SECOND_NS), 90000);
    EXPECT_EQ(ticks_of(1500, 1000, 19200000), 28800000);
}

TEST(duration_rounds_up) {
    EXPECT_EQ(ticks_of(1, SECOND_NS, 62500000), 1);  /* 0.0625 */
    EXPECT_EQ(ticks_of(15, SECOND_NS, 62500000), 1); /* 0.9375 */
    EXPECT_EQ(ticks_of(16, SECOND_NS, 62500000), 1);
    EXPECT_EQ(ticks_of(17, SECOND_NS, 62500000), 2);
    EXPECT_EQ(ticks_of(1, 1000, 1), 1);
    EXPECT_EQ(ticks_of(999, 1000, 1), 1);
    EXPECT_EQ(ticks_of(1000, 1000, 1), 1);
    EXPECT_EQ(ticks_of(1001, 1000, 1), 2);
    EXPECT_EQ(ticks_of(1, 3, 1000), 334);
    EXPECT_EQ(ticks_of(2, 3, 1000), 667);
}

/* Not early, and not a whole tick late: against arithmetic that is wide enough. */
TEST(duration_random) {
    static const uint64_t units[] = {1, 1000, 1000000, SECOND_NS, 3, 999999937};
    static const uint64_t frequencies[] = {1, 19200000, 62500000, SECOND_NS,
                                           (UINT64_C(1) << 34) - 1};
    struct random random;
    random_init(&random, test_seed());
    for (unsigned i = 0; i < 100000; i++) {
        uint64_t per_second = units[random_below(&random, ARRAY_SIZE(units))];
        uint64_t frequency = frequencies[random_below(&random, ARRAY_SIZE(frequencies))];
        uint64_t count = random_next(&random) >> random_below(&random, 64);
        unsigned __int128 wanted =
            ((unsigned __int128)count * frequency + per_second - 1) / per_second;
        uint64_t expected = wanted > UINT64_MAX ? UINT64_MAX : (uint64_t)wanted;
        EXPECT_EQ(ticks_of(count, per_second, frequency), expected);
    }
}

TEST(duration_saturates) {
    EXPECT_EQ(ticks_of(UINT64_MAX, 1, 2), UINT64_MAX);
    EXPECT_EQ(ticks_of(UINT64_MAX, 1000, 1000000), UINT64_MAX);
    EXPECT_EQ(ticks_of(UINT64_MAX / 2 + 1, 1, 2), UINT64_MAX);
    EXPECT_EQ(ticks_of(UINT64_MAX / 2, 1, 2), UINT64_MAX - 1);
    EXPECT_EQ(ticks_of(UINT64_MAX, 1, 1), UINT64_MAX);
    EXPECT_EQ(ticks_of(UINT64_MAX, 1000, 1000), UINT64_MAX);
    /* The whole seconds fit, the rest on top does not: 3 * (2^64 - 1) / 3, then two thirds of it. */
    EXPECT_EQ(ticks_of(UINT64_MAX, SECOND_NS, SECOND_NS + 1), UINT64_MAX);
    EXPECT_EQ(DURATION_FOREVER.ticks, UINT64_MAX);
}

/* The last multiple before the end of time, with a remainder that reaches past it. */
TEST(duration_saturates_in_the_rest) {
    uint64_t frequency = SECOND_NS;
    uint64_t seconds = UINT64_MAX / frequency;
    uint64_t room = UINT64_MAX - seconds * frequency; /* ticks left, less than a second */
    EXPECT_EQ(ticks_of(seconds * 1000 + room / 1000000, 1000, frequency),
              seconds * frequency + room / 1000000 * 1000000);
    EXPECT_EQ(ticks_of(seconds * 1000 + room / 1000000 + 1, 1000, frequency), UINT64_MAX);
    EXPECT_EQ(ticks_of(seconds * 1000 + 999, 1000, frequency), UINT64_MAX);
}

TEST(instant_add_saturates) {
    EXPECT_EQ(added(0, 0), 0);
    EXPECT_EQ(added(5, 7), 12);
    EXPECT_EQ(added(UINT64_MAX - 1, 0), UINT64_MAX - 1);
    EXPECT_EQ(added(UINT64_MAX - 1, 1), UINT64_MAX);
    EXPECT_EQ(added(UINT64_MAX - 1, 2), UINT64_MAX);
    EXPECT_EQ(added(1, UINT64_MAX), UINT64_MAX);
    EXPECT_EQ(added(UINT64_MAX, UINT64_MAX), UINT64_MAX);
    EXPECT_EQ(added(UINT64_C(1) << 63, UINT64_C(1) << 63), UINT64_MAX);
    EXPECT_EQ(INSTANT_NEVER.ticks, UINT64_MAX);
}

TEST(instant_since_is_never_negative) {
    EXPECT_EQ(between(12, 5), 7);
    EXPECT_EQ(between(5, 5), 0);
    EXPECT_EQ(between(5, 12), 0);
    EXPECT_EQ(between(UINT64_MAX, 0), UINT64_MAX);
    EXPECT_EQ(between(0, UINT64_MAX), 0);
}

TEST(instant_order) {
    const instant_t one = {1};
    const instant_t two = {2};
    const instant_t late = {UINT64_C(1) << 63}; /* not negative */
    EXPECT(instant_before(one, two));
    EXPECT(!instant_before(two, one));
    EXPECT(!instant_before(one, one));
    EXPECT(instant_before(two, late));
    EXPECT(instant_before(late, INSTANT_NEVER));
    EXPECT(!instant_before(INSTANT_NEVER, INSTANT_NEVER));
}
