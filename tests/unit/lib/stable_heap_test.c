/* SPDX-License-Identifier: MIT */
/* The heap against a list that is searched: which node is first, whatever came and went. */
#include "lib/stable_heap.h"
#include "tests/unit/test.h"

#define ITEMS STABLE_HEAP_NODES_MAX

static struct stable_heap_node items[ITEMS];
static struct stable_heap_node *slots[STABLE_HEAP_SLOTS];
static struct stable_heap heap;

/* What the heap should be. */
static struct {
    bool inside;
    uint64_t key;
    uint64_t age;
} model[ITEMS];
static uint64_t ages;

static void start(void) {
    memset(slots, 0xee, sizeof slots);
    memset(model, 0, sizeof model);
    stable_heap_init(&heap, slots);
}

static struct stable_heap_node *expected_first(void) {
    int first = -1;
    for (int i = 0; i < (int)ITEMS; i++) {
        if (model[i].inside &&
            (first < 0 || model[i].key < model[first].key ||
             (model[i].key == model[first].key && model[i].age < model[first].age))) {
            first = i;
        }
    }
    return first < 0 ? &stable_heap_end : &items[first];
}

static void insert(size_t id, uint64_t key) {
    memset(&items[id], 0xee, sizeof items[id]);
    items[id].key = key;
    model[id].inside = true;
    model[id].key = key;
    model[id].age = ages++;
    bool is_first = stable_heap_insert(&heap, &items[id]);
    EXPECT_EQ(is_first, expected_first() == &items[id]);
}

static void take(size_t id) {
    model[id].inside = false;
    stable_heap_remove(&heap, &items[id]);
    memset(&items[id], 0xdd, sizeof items[id]); /* nothing may still look here */
}

static void expect_same(size_t count) {
    EXPECT(stable_heap_check(&heap));
    EXPECT_EQ(heap.count, count);
    EXPECT_EQ(stable_heap_is_empty(&heap), count == 0);
    EXPECT(stable_heap_first(&heap) == expected_first());
    EXPECT_EQ(stable_heap_end.key, UINT64_MAX);
    EXPECT_EQ(stable_heap_end.place, 0);
}

TEST(stable_heap_begins_empty) {
    start();
    expect_same(0);
}

TEST(stable_heap_random_operations_match_a_list) {
    struct random random = test_random();
    start();
    size_t count = 0;
    for (int step = 0; step < 200000; step++) {
        uint64_t keys = step / 5000 % 3 == 0 ? 3 : step / 5000 % 3 == 1 ? 50 : UINT64_MAX;
        bool grows = step / 10000 % 2 == 0; /* to the brim, and back to nothing */
        size_t id = (size_t)random_below(&random, ITEMS);
        if (!model[id].inside && (grows || random_one_in(&random, 3))) {
            insert(id, random_below(&random, keys));
            count++;
        } else if (count != 0 && (!grows || random_one_in(&random, 3))) {
            if (!model[id].inside || random_one_in(&random, 2)) {
                id = (size_t)(stable_heap_first(&heap) - items);
            }
            take(id);
            count--;
        }
        expect_same(count);
    }
}

/* Each key twice, in an order that is none: out come the keys in order, the older first. */
TEST(stable_heap_is_stable) {
    struct random random = test_random();
    for (int round = 0; round < 200; round++) {
        start();
        for (size_t i = 0; i < ITEMS; i++) {
            insert(i, random_below(&random, ITEMS / 2));
        }
        for (size_t left = ITEMS; left > 0; left--) {
            struct stable_heap_node *first = stable_heap_first(&heap);
            EXPECT(first == expected_first());
            take((size_t)(first - items));
            expect_same(left - 1);
        }
    }
}

/* All depths there are: keys that rise, fall, and are the same. */
TEST(stable_heap_of_every_size) {
    for (size_t size = 1; size <= ITEMS; size++) {
        for (size_t out = 0; out < size; out++) {
            start();
            for (size_t i = 0; i < size; i++) {
                insert(i, out % 3 == 0 ? i : out % 3 == 1 ? size - i : 7);
            }
            take(out);
            expect_same(size - 1);
        }
    }
}

TEST(stable_heap_keys_at_the_ends) {
    start();
    insert(0, UINT64_MAX - 1);
    insert(1, UINT64_MAX - 1);
    insert(2, 0);
    insert(3, UINT64_MAX - 1);
    insert(4, 0);
    static const size_t order[] = {2, 4, 0, 1, 3};
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        EXPECT(stable_heap_first(&heap) == &items[order[i]]);
        take(order[i]);
    }
    expect_same(0);
}

TEST(stable_heap_stops_what_is_too_much) {
    static struct stable_heap_node more;
    start();
    for (size_t i = 0; i < ITEMS; i++) {
        insert(i, i);
    }
    EXPECT_PANIC((void)stable_heap_insert(&heap, &more));
    expect_same(ITEMS);
}

TEST(stable_heap_check_finds_what_is_wrong) {
    start();
    for (size_t i = 0; i < 10; i++) {
        insert(i, i);
    }
    EXPECT(stable_heap_check(&heap));
    items[9].place--;
    EXPECT(!stable_heap_check(&heap));
    items[9].place++;
    items[9].key = 0;
    EXPECT(!stable_heap_check(&heap));
    items[9].key = 9;
    slots[11] = &items[0];
    EXPECT(!stable_heap_check(&heap));
}
