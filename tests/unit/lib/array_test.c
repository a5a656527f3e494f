/* SPDX-License-Identifier: MIT */
/* The array against a plain one; with an allocator that fails now and then. */
#include "lib/array.h"
#include "lib/string.h"
#include "tests/unit/lib/test_allocator.h"
#include "tests/unit/test.h"

#define MODEL_MAX 500

struct element {
    uint8_t bytes[13]; /* an odd size, on purpose */
};

static struct element model[MODEL_MAX];
static size_t model_count;

static struct element random_element(struct random *random) {
    struct element element;
    for (size_t i = 0; i < sizeof(element.bytes); i++) {
        element.bytes[i] = (uint8_t)random_next(random);
    }
    return element;
}

static void expect_same(const struct array *array) {
    EXPECT_EQ(array->count, model_count);
    EXPECT(array->capacity >= array->count);
    for (size_t i = 0; i < model_count; i++) {
        EXPECT(memcmp(array_at(array, i), &model[i], sizeof(model[i])) == 0);
    }
}

static void insert(struct random *random, struct array *array, struct test_allocator *memory) {
    struct element element = random_element(random);
    size_t at = random_one_in(random, 2) ? model_count : random_below(random, model_count + 1);
    bool must_grow = array->count == array->capacity;
    status_t status = at == model_count && random_one_in(random, 2)
                          ? array_push(array, &element)
                          : array_insert(array, at, &element);
    if (status != STATUS_OK) {
        EXPECT_EQ(status, STATUS_NO_MEMORY);
        EXPECT(must_grow && memory->budget == 0);
        memory->budget = 1;
        return;
    }
    memmove(&model[at + 1], &model[at], (model_count - at) * sizeof(model[0]));
    model[at] = element;
    model_count++;
}

static void take(struct random *random, struct array *array) {
    struct element element = {{0}};
    size_t at = random_below(random, model_count);
    model_count--;
    if (random_one_in(random, 2)) {
        EXPECT_EQ(array_pop(array, &element), STATUS_OK);
        EXPECT(memcmp(&element, &model[model_count], sizeof(element)) == 0);
        return;
    }
    EXPECT_EQ(array_remove(array, at), STATUS_OK);
    memmove(&model[at], &model[at + 1], (model_count - at) * sizeof(model[0]));
}

TEST(array_random_operations_match_model) {
    struct random random = test_random();
    struct test_allocator memory;
    struct array array;
    test_allocator_init(&memory, 0);
    model_count = 0;
    array_init(&array, &memory.allocator, sizeof(struct element));
    for (int step = 0; step < 100000; step++) {
        size_t target = (size_t)(step / 100 % 2) * 60;
        bool grow = model_count < target ? !random_one_in(&random, 3) : random_one_in(&random, 3);
        if (grow || model_count == 0) {
            insert(&random, &array, &memory);
        } else {
            take(&random, &array);
        }
        if (random_one_in(&random, 20000)) {
            array_destroy(&array);
            EXPECT_EQ(memory.blocks, 0);
            model_count = 0;
        }
        expect_same(&array);
    }
    array_destroy(&array);
    EXPECT_EQ(memory.blocks, 0);
}

TEST(array_limits_get_a_status) {
    struct test_allocator memory;
    struct array array;
    struct element element = {{1}};
    test_allocator_init(&memory, 1);
    EXPECT_PANIC(array_init(&array, &memory.allocator, 0));
    array_init(&array, &memory.allocator, sizeof(element));
    EXPECT_EQ(array_pop(&array, NULL), STATUS_EMPTY);
    EXPECT_EQ(array_remove(&array, 0), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(array_insert(&array, 1, &element), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(array_reserve(&array, SIZE_MAX), STATUS_NO_MEMORY);
    EXPECT_EQ(array_reserve(&array, SIZE_MAX / sizeof(element) + 1), STATUS_NO_MEMORY);
    EXPECT_EQ(array_reserve(&array, 20), STATUS_OK);
    for (int i = 0; i < 20; i++) { /* no call of the allocator any more */
        EXPECT_EQ(array_push(&array, &element), STATUS_OK);
    }
    EXPECT_EQ(array_push(&array, &element), STATUS_NO_MEMORY);
    EXPECT_EQ(array.count, 20);
    array_destroy(&array);
    array_destroy(&array);
    EXPECT_EQ(memory.blocks, 0);
}

/* All that an array may hold, moved up by one element and down again. */
TEST(array_of_the_greatest_size) {
    struct test_allocator memory;
    struct array array;
    uint64_t value = 0;
    const size_t most = CONTAINER_BYTES_MAX / sizeof(value);
    test_allocator_init(&memory, 100);
    EXPECT_PANIC(array_init(&array, &memory.allocator, STRING_BLOCK_MAX + 1));
    array_init(&array, &memory.allocator, sizeof(value));
    EXPECT_EQ(array_reserve(&array, most + 1), STATUS_NO_MEMORY);
    EXPECT_EQ(array_reserve(&array, most), STATUS_OK);
    for (value = 1; value < most; value++) {
        EXPECT_EQ(array_push(&array, &value), STATUS_OK);
    }
    value = 0;
    EXPECT_EQ(array_insert(&array, 0, &value), STATUS_OK);
    EXPECT_EQ(array_push(&array, &value), STATUS_NO_MEMORY);
    for (size_t i = 0; i < most; i++) {
        EXPECT_EQ(*(uint64_t *)array_at(&array, i), i);
    }
    EXPECT_EQ(array_remove(&array, 0), STATUS_OK);
    for (size_t i = 0; i + 1 < most; i++) {
        EXPECT_EQ(*(uint64_t *)array_at(&array, i), i + 1);
    }
    array_destroy(&array);
}
