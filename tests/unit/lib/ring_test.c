/* SPDX-License-Identifier: MIT */
/* The ring against a plain array; with an allocator that fails now and then. */
#include "lib/ring.h"
#include "lib/string.h"
#include "tests/unit/lib/test_allocator.h"
#include "tests/unit/test.h"

#define MODEL_MAX 500

struct element {
    uint8_t bytes[13];
};

static struct element model[MODEL_MAX];
static size_t model_count;

static void expect_same(const struct ring *ring) {
    EXPECT_EQ(ring->count, model_count);
    for (size_t i = 0; i < model_count; i++) {
        EXPECT(memcmp(ring_at(ring, i), &model[i], sizeof(model[i])) == 0);
    }
}

static void push(struct random *random, struct ring *ring, struct test_allocator *memory) {
    struct element element;
    for (size_t i = 0; i < sizeof(element.bytes); i++) {
        element.bytes[i] = (uint8_t)random_next(random);
    }
    bool front = random_one_in(random, 2);
    bool must_grow = ring->count == ring->capacity;
    status_t status = front ? ring_push_front(ring, &element) : ring_push_back(ring, &element);
    if (status != STATUS_OK) {
        EXPECT_EQ(status, STATUS_NO_MEMORY);
        EXPECT(must_grow && memory->budget == 0);
        memory->budget = 1;
        return;
    }
    memmove(&model[front ? 1 : 0], &model[0], model_count * sizeof(model[0]));
    model[front ? 0 : model_count] = element;
    model_count++;
}

static void pop(struct random *random, struct ring *ring) {
    struct element element;
    bool front = random_one_in(random, 2);
    struct element expected = model[front ? 0 : model_count - 1];
    EXPECT_EQ(front ? ring_pop_front(ring, &element) : ring_pop_back(ring, &element), STATUS_OK);
    EXPECT(memcmp(&element, &expected, sizeof(element)) == 0);
    model_count--;
    memmove(&model[0], &model[front ? 1 : 0], model_count * sizeof(model[0]));
}

TEST(ring_random_operations_match_model) {
    struct random random = test_random();
    struct test_allocator memory;
    struct ring ring;
    test_allocator_init(&memory, 0);
    model_count = 0;
    ring_init(&ring, &memory.allocator, sizeof(struct element));
    for (int step = 0; step < 100000; step++) {
        size_t target = (size_t)(step / 100 % 2) * 60;
        bool grow = model_count < target ? !random_one_in(&random, 3) : random_one_in(&random, 3);
        if (grow || model_count == 0) {
            push(&random, &ring, &memory);
        } else {
            pop(&random, &ring);
        }
        if (random_one_in(&random, 200)) { /* so that it grows from every position again */
            ring_destroy(&ring);
            EXPECT_EQ(memory.blocks, 0);
            model_count = 0;
        }
        expect_same(&ring);
    }
    ring_destroy(&ring);
    EXPECT_EQ(memory.blocks, 0);
}

TEST(ring_grows_from_every_position) {
    struct test_allocator memory;
    test_allocator_init(&memory, 1000);
    for (unsigned turned = 0; turned < 16; turned++) {
        struct ring ring;
        ring_init(&ring, &memory.allocator, sizeof(unsigned));
        unsigned value = 0;
        for (unsigned i = 0; i < turned; i++) {
            EXPECT_EQ(ring_push_back(&ring, &value), STATUS_OK);
            EXPECT_EQ(ring_pop_front(&ring, NULL), STATUS_OK);
        }
        for (value = 0; value < 100; value++) {
            EXPECT_EQ(ring_push_back(&ring, &value), STATUS_OK);
        }
        for (unsigned i = 0; i < 100; i++) {
            EXPECT_EQ(*(unsigned *)ring_at(&ring, i), i);
        }
        ring_destroy(&ring);
    }
    EXPECT_EQ(memory.blocks, 0);
}

TEST(ring_limits_get_a_status) {
    struct test_allocator memory;
    struct ring ring;
    uint64_t value = 7;
    test_allocator_init(&memory, 1);
    EXPECT_PANIC(ring_init(&ring, &memory.allocator, 0));
    ring_init(&ring, &memory.allocator, sizeof(value));
    EXPECT_EQ(ring_pop_front(&ring, NULL), STATUS_EMPTY);
    EXPECT_EQ(ring_pop_back(&ring, &value), STATUS_EMPTY);
    EXPECT_EQ(ring_reserve(&ring, SIZE_MAX), STATUS_NO_MEMORY);
    EXPECT_EQ(ring_reserve(&ring, SIZE_MAX / 4), STATUS_NO_MEMORY);
    EXPECT_EQ(ring_reserve(&ring, 17), STATUS_OK);
    EXPECT_EQ(ring.capacity, 32);
    for (int i = 0; i < 32; i++) {
        EXPECT_EQ(ring_push_front(&ring, &value), STATUS_OK);
    }
    EXPECT_EQ(ring_push_front(&ring, &value), STATUS_NO_MEMORY);
    EXPECT_EQ(ring_push_back(&ring, &value), STATUS_NO_MEMORY);
    EXPECT_EQ(ring.count, 32);
    ring_destroy(&ring);
    EXPECT_EQ(memory.blocks, 0);
}

/* Grows to all that a ring may hold, with as much of it wrapped round as there can be. */
TEST(ring_of_the_greatest_size) {
    struct test_allocator memory;
    struct ring ring;
    uint64_t value = 0;
    const size_t most = CONTAINER_BYTES_MAX / sizeof(value);
    test_allocator_init(&memory, 100);
    EXPECT_PANIC(ring_init(&ring, &memory.allocator, STRING_BLOCK_MAX + 1));
    ring_init(&ring, &memory.allocator, 1);
    EXPECT_EQ(ring_reserve(&ring, CONTAINER_BYTES_MAX + 1), STATUS_NO_MEMORY);
    EXPECT_EQ(ring_reserve(&ring, CONTAINER_BYTES_MAX), STATUS_OK);
    ring_destroy(&ring);
    ring_init(&ring, &memory.allocator, sizeof(value));
    EXPECT_EQ(ring_reserve(&ring, most / 2), STATUS_OK);
    EXPECT_EQ(ring_push_front(&ring, &value), STATUS_OK);
    for (value = 1; value < most; value++) {
        EXPECT_EQ(ring_push_back(&ring, &value), STATUS_OK);
    }
    EXPECT_EQ(ring.count, most);
    EXPECT_EQ(ring_push_back(&ring, &value), STATUS_NO_MEMORY);
    for (size_t i = 0; i < most; i++) {
        EXPECT_EQ(*(uint64_t *)ring_at(&ring, i), i);
    }
    ring_destroy(&ring);
}
