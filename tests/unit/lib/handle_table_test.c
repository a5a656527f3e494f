/* SPDX-License-Identifier: MIT */
/* Handles against a plain array, and what each refusal is. */
#include "lib/handle_table.h"
#include "tests/unit/test.h"

#define DUPLICATES 8

static struct handle_table table;
static int object[2];

TEST(a_handle_is_what_it_was_opened_as) {
    uint32_t handle = 0;
    void *found = NULL;
    handle_table_init(&table);
    EXPECT_EQ(handle_open(&table, 0, object, 1, &handle), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(handle_open(&table, 2, NULL, 1, &handle), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(handle_open(&table, 2, object, 3, &handle), STATUS_OK);
    EXPECT(handle != 0 && (int32_t)handle > 0);
    EXPECT_EQ(handle_find(&table, handle, 2, 3, &found), STATUS_OK);
    EXPECT(found == object);
    EXPECT_EQ(handle_find(&table, handle, 2, 7, &found), STATUS_DENIED);
    EXPECT_EQ(handle_find(&table, handle, 1, 1, &found), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(handle_find(&table, handle + 1, 2, 1, &found), STATUS_STALE);
    EXPECT_EQ(handle_find(&table, handle | UINT64_C(1) << 32, 2, 1, &found), STATUS_STALE);
    EXPECT_EQ(handle_find(&table, UINT64_MAX, 2, 1, &found), STATUS_STALE);
    EXPECT_EQ(handle_find(&table, 0, 2, 1, &found), STATUS_STALE);
}

TEST(a_duplicate_has_no_more_rights) {
    uint32_t handle = 0;
    uint32_t other = 0;
    void *found = NULL;
    handle_table_init(&table);
    EXPECT_EQ(handle_open(&table, 2, object, DUPLICATES | 1, &handle), STATUS_OK);
    EXPECT_EQ(handle_duplicate(&table, handle, 3, DUPLICATES, &other), STATUS_DENIED);
    EXPECT_EQ(handle_duplicate(&table, handle, UINT64_C(1) << 40, DUPLICATES, &other),
              STATUS_DENIED);
    EXPECT_EQ(handle_duplicate(&table, handle, 1, DUPLICATES, &other), STATUS_OK);
    EXPECT_EQ(handle_find(&table, other, 2, 1, &found), STATUS_OK);
    EXPECT_EQ(handle_find(&table, other, 2, DUPLICATES, &found), STATUS_DENIED);
    EXPECT_EQ(handle_duplicate(&table, other, 1, DUPLICATES, &other), STATUS_DENIED);
    EXPECT_EQ(handle_close(&table, handle), STATUS_OK);
    EXPECT_EQ(handle_find(&table, other, 2, 1, &found), STATUS_OK);
    EXPECT_EQ(handle_duplicate(&table, handle, 1, DUPLICATES, &other), STATUS_STALE);
}

TEST(a_full_table_says_so_and_old_handles_are_refused) {
    uint32_t handles[CONFIG_PROCESS_HANDLES];
    uint32_t more = 0;
    void *found = NULL;
    handle_table_init(&table);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < CONFIG_PROCESS_HANDLES; i++) {
            EXPECT_EQ(handle_open(&table, 1, &object[i % 2], 1, &handles[i]), STATUS_OK);
        }
        EXPECT_EQ(handle_open(&table, 1, object, 1, &more), STATUS_FULL);
        for (unsigned i = 0; i < CONFIG_PROCESS_HANDLES; i++) {
            EXPECT_EQ(handle_find(&table, handles[i], 1, 1, &found), STATUS_OK);
            EXPECT(found == &object[i % 2]);
            EXPECT_EQ(handle_close(&table, handles[i]), STATUS_OK);
            EXPECT_EQ(handle_close(&table, handles[i]), STATUS_STALE);
            EXPECT_EQ(handle_find(&table, handles[i], 1, 1, &found), STATUS_STALE);
        }
    }
}

/* A generation comes round after all others, and is never 0 or negative. */
TEST(a_generation_comes_round_last) {
    uint32_t first = 0;
    uint32_t handle = 0;
    handle_table_init(&table);
    EXPECT_EQ(handle_open(&table, 1, object, 1, &first), STATUS_OK);
    EXPECT_EQ(handle_close(&table, first), STATUS_OK);
    unsigned rounds = 1;
    for (; handle != first; rounds++) {
        EXPECT_EQ(handle_open(&table, 1, object, 1, &handle), STATUS_OK);
        EXPECT((int32_t)handle > 0);
        EXPECT_EQ(handle_close(&table, handle), STATUS_OK);
    }
    EXPECT_EQ(rounds, 0x7fff + 1);
}
