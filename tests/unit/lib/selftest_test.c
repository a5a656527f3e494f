/* SPDX-License-Identifier: MIT */
/* The boot self-test passes, gives everything back, and says so when there is no memory. */
#include "lib/selftest.h"
#include "tests/unit/lib/test_allocator.h"
#include "tests/unit/test.h"

TEST(selftest_passes_with_any_seed) {
    struct random random = test_random();
    for (int i = 0; i < 50; i++) {
        struct test_allocator memory;
        test_allocator_init(&memory, 1000);
        EXPECT_EQ(lib_selftest(&memory.allocator, random_next(&random)), STATUS_OK);
        EXPECT_EQ(memory.blocks, 0);
    }
}

TEST(selftest_survives_every_lack_of_memory) {
    status_t status = STATUS_NO_MEMORY;
    for (long budget = 0; status != STATUS_OK; budget++) {
        struct test_allocator memory;
        test_allocator_init(&memory, budget);
        status = lib_selftest(&memory.allocator, 1);
        EXPECT(status == STATUS_OK || status == STATUS_NO_MEMORY);
        EXPECT(budget < 1000);
        EXPECT_EQ(memory.blocks, 0);
    }
}

TEST(selftest_cases_have_names_and_run_alone) {
    struct test_allocator memory;
    test_allocator_init(&memory, 1000);
    for (unsigned i = 0; i < LIB_SELFTEST_CASES; i++) {
        EXPECT(lib_selftest_names[i][0] != '\0');
        EXPECT_EQ(lib_selftest_run(i, &memory.allocator, i), STATUS_OK);
    }
    EXPECT_EQ(lib_selftest_run(LIB_SELFTEST_CASES, &memory.allocator, 0), STATUS_OUT_OF_RANGE);
}
