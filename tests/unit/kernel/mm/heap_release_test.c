/* SPDX-License-Identifier: MIT */
/* What a release build of the heap does where a debug build stops. */
#undef GENRT_DEBUG
#define GENRT_DEBUG 0
#include "tests/unit/kernel/mm/heap_test_machine.h"

TEST(bad_pointers_are_counted_and_change_nothing) {
    heap_boot(CONFIG_HEAP_SIZE);
    uint8_t *block = heap_alloc(100);
    EXPECT(block != NULL);
    int elsewhere = 0;
    heap_free(&elsewhere);
    heap_free(block + 16);
    heap_free(block + 1);
    EXPECT(heap_resize(&elsewhere, 10) == NULL);
    EXPECT_EQ(stats_now().bad_pointers, 4);
    EXPECT_EQ(stats_now().memory.blocks, 1);
    heap_free(block);
    heap_free(block);
    EXPECT(heap_resize(block, 10) == NULL);
    EXPECT_EQ(stats_now().bad_pointers, 6);
    EXPECT_EQ(stats_now().memory.blocks, 0);
    EXPECT(!hosted.masked);
    EXPECT(heap_check());
}
