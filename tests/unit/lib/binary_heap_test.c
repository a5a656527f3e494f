/* SPDX-License-Identifier: MIT */
/* The heap against a search of all that is in it. */
#include "lib/binary_heap.h"
#include "tests/unit/test.h"

#define ITEMS 100

static struct binary_heap_node items[ITEMS];
static bool inside[ITEMS];
static struct binary_heap_node *slots[ITEMS];

static void expect_first(const struct binary_heap *heap) {
    uint64_t least = UINT64_MAX;
    size_t count = 0;
    for (int i = 0; i < ITEMS; i++) {
        if (inside[i]) {
            count++;
            least = items[i].key < least ? items[i].key : least;
        }
    }
    EXPECT(binary_heap_check(heap));
    EXPECT_EQ(heap->count, count);
    EXPECT_EQ(binary_heap_is_empty(heap), count == 0);
    struct binary_heap_node *first = binary_heap_first(heap);
    EXPECT((first == NULL) == (count == 0));
    EXPECT(first == NULL || (first->key == least && inside[first - items]));
}

TEST(binary_heap_random_operations_match_model) {
    struct random random = test_random();
    struct binary_heap heap;
    memset(inside, 0, sizeof(inside));
    binary_heap_init(&heap, slots, ITEMS);
    uint64_t keys = 10;
    for (int step = 0; step < 100000; step++) {
        if (step % 5000 == 0) {
            keys = random_one_in(&random, 2) ? 10 : UINT64_MAX;
        }
        int id = (int)random_below(&random, ITEMS);
        uint64_t key = random_below(&random, keys);
        if (!inside[id]) {
            items[id].key = key;
            EXPECT_EQ(binary_heap_insert(&heap, &items[id]), STATUS_OK);
            inside[id] = true;
        } else if (random_one_in(&random, 3)) {
            binary_heap_set_key(&heap, &items[id], key);
            EXPECT_EQ(items[id].key, key);
        } else {
            if (random_one_in(&random, 3)) {
                id = (int)(binary_heap_first(&heap) - items);
            }
            binary_heap_remove(&heap, &items[id]);
            inside[id] = false;
        }
        expect_first(&heap);
    }
}

TEST(binary_heap_sorts) {
    struct random random = test_random();
    struct binary_heap heap;
    binary_heap_init(&heap, slots, ITEMS);
    for (int i = 0; i < ITEMS; i++) {
        items[i].key = random_next(&random);
        EXPECT_EQ(binary_heap_insert(&heap, &items[i]), STATUS_OK);
    }
    uint64_t last = 0;
    for (int i = 0; i < ITEMS; i++) {
        struct binary_heap_node *first = binary_heap_first(&heap);
        EXPECT(first->key >= last);
        last = first->key;
        binary_heap_remove(&heap, first);
    }
    EXPECT(binary_heap_is_empty(&heap));
}

TEST(binary_heap_full_and_misused) {
    struct binary_heap heap;
    binary_heap_init(&heap, slots, 2);
    for (int i = 0; i < 3; i++) {
        items[i] = (struct binary_heap_node){.key = 5};
        EXPECT_EQ(binary_heap_insert(&heap, &items[i]), i < 2 ? STATUS_OK : STATUS_FULL);
    }
    EXPECT_PANIC(binary_heap_remove(&heap, &items[2]));
    EXPECT_PANIC(binary_heap_set_key(&heap, &items[2], 1));
    slots[2] = &items[2]; /* stands there, but is not in the heap */
    items[2].index = 2;
    EXPECT_PANIC(binary_heap_remove(&heap, &items[2]));
    EXPECT_PANIC(binary_heap_set_key(&heap, &items[2], 1));
    EXPECT(binary_heap_check(&heap));
    items[1].key = 4;
    EXPECT(!binary_heap_check(&heap));
    items[1].key = 6;
    items[1].index = 0;
    EXPECT(!binary_heap_check(&heap));
    items[1].index = 1;
    heap.count = 3;
    EXPECT(!binary_heap_check(&heap));
}

/* The least key comes last and goes all the way up, then leaves, and the greatest goes down. */
TEST(binary_heap_longest_paths) {
    static struct binary_heap_node many[BINARY_HEAP_NODES_MAX];
    static struct binary_heap_node *places[BINARY_HEAP_NODES_MAX];
    struct binary_heap heap;
    EXPECT_PANIC(binary_heap_init(&heap, places, BINARY_HEAP_NODES_MAX + 1));
    binary_heap_init(&heap, places, BINARY_HEAP_NODES_MAX);
    for (size_t i = 0; i < BINARY_HEAP_NODES_MAX; i++) {
        many[i].key = i == BINARY_HEAP_NODES_MAX - 1 ? 0 : i + 1;
        EXPECT_EQ(binary_heap_insert(&heap, &many[i]), STATUS_OK);
    }
    EXPECT_EQ(many[BINARY_HEAP_NODES_MAX - 1].index, 0);
    EXPECT(binary_heap_check(&heap));
    binary_heap_set_key(&heap, &many[BINARY_HEAP_NODES_MAX - 1], UINT64_MAX);
    EXPECT(many[BINARY_HEAP_NODES_MAX - 1].index >= BINARY_HEAP_NODES_MAX / 2);
    EXPECT(binary_heap_check(&heap));
}
