/* SPDX-License-Identifier: MIT */
/* The tree against a sorted array; its invariants after every step. */
#include "lib/rbtree.h"
#include "tests/unit/test.h"

#define ITEMS 300

static struct rbtree_node items[ITEMS];
static bool inside[ITEMS];
static int model[ITEMS]; /* in order: key, then age */
static size_t model_count;
static struct rbtree tree;

static void setup(void) {
    rbtree_init(&tree);
    memset(inside, 0, sizeof(inside));
    model_count = 0;
}

static void expect_same(void) {
    EXPECT(rbtree_check(&tree));
    EXPECT_EQ(rbtree_is_empty(&tree), model_count == 0);
    struct rbtree_node *node = rbtree_first(&tree);
    for (size_t i = 0; i < model_count; i++) {
        EXPECT(node == &items[model[i]]);
        node = rbtree_next(node);
    }
    EXPECT(node == NULL);
}

static void insert(int id, uint64_t key) {
    size_t at = model_count;
    while (at > 0 && items[model[at - 1]].key > key) {
        at--;
    }
    memmove(&model[at + 1], &model[at], (model_count - at) * sizeof(int));
    model[at] = id;
    model_count++;
    inside[id] = true;
    memset(&items[id], 0xee, sizeof(items[id]));
    items[id].key = key;
    EXPECT_EQ(rbtree_insert(&tree, &items[id]), at == 0);
}

static void remove_at(size_t at) {
    int id = model[at];
    model_count--;
    memmove(&model[at], &model[at + 1], (model_count - at) * sizeof(int));
    inside[id] = false;
    rbtree_remove(&tree, &items[id]);
    memset(&items[id], 0xdd, sizeof(items[id])); /* nothing may still look here */
}

/* Grows and shrinks around `target` nodes with keys below `keys`. */
static void run_mix(struct random *random, size_t target, uint64_t keys, int steps) {
    setup();
    for (int step = 0; step < steps; step++) {
        int id = (int)random_below(random, ITEMS);
        bool grow = model_count < target ? !random_one_in(random, 3) : random_one_in(random, 3);
        if (grow && !inside[id]) {
            insert(id, random_below(random, keys));
        } else if (model_count != 0) {
            remove_at(random_one_in(random, 3) ? 0 : random_below(random, model_count));
        }
        if (model_count < 32 || step % 16 == 0) {
            expect_same();
        }
    }
}

TEST(rbtree_random_mix_matches_model) {
    struct random random = test_random();
    run_mix(&random, 3, 4, 20000);
    run_mix(&random, 10, 1000, 40000);
    run_mix(&random, 30, 8, 30000);
    run_mix(&random, 250, UINT64_MAX, 20000);
    run_mix(&random, 250, 20, 20000);
}

TEST(rbtree_equal_keys_leave_in_the_order_they_came) {
    setup();
    for (int i = 0; i < ITEMS; i++) {
        insert(i, 7);
        expect_same();
    }
    for (int i = 0; i < ITEMS; i++) {
        EXPECT(rbtree_first(&tree) == &items[i]);
        remove_at(0);
        expect_same();
    }
}

TEST(rbtree_rising_and_falling_keys) {
    for (int falling = 0; falling < 2; falling++) {
        setup();
        for (int i = 0; i < ITEMS; i++) {
            insert(i, falling ? UINT64_MAX - (uint64_t)i : (uint64_t)i);
            expect_same();
        }
        while (model_count != 0) {
            remove_at(0);
            expect_same();
        }
    }
}

/* Removes each node of a tree in turn, for every size up to 40 and two shapes. */
TEST(rbtree_removes_any_node) {
    for (int size = 1; size <= 40; size++) {
        for (int victim = 0; victim < size; victim++) {
            for (int shape = 0; shape < 2; shape++) {
                setup();
                for (int i = 0; i < size; i++) {
                    insert(i, shape ? (uint64_t)(i * 7 % 41) : (uint64_t)i);
                }
                remove_at((size_t)victim);
                expect_same();
            }
        }
    }
}

static unsigned depth_of(const struct rbtree_node *node) {
    unsigned left = node->child[0] == NULL ? 0 : depth_of(node->child[0]);
    unsigned right = node->child[1] == NULL ? 0 : depth_of(node->child[1]);
    return 1 + (left > right ? left : right);
}

TEST(rbtree_depth_is_bounded) {
    static struct rbtree_node many[1023];
    rbtree_init(&tree);
    for (int i = 0; i < 1023; i++) {
        many[i].key = (uint64_t)i;
        rbtree_insert(&tree, &many[i]);
    }
    EXPECT(depth_of(tree.root) <= 20); /* 2*log2(1024) */
    EXPECT(depth_of(tree.root) >= 10);
}

TEST(rbtree_check_finds_corruption) {
    setup();
    for (int i = 0; i < 20; i++) {
        insert(i, (uint64_t)i * 2);
    }
    items[ITEMS - 1] = (struct rbtree_node){.key = 3};
    EXPECT(rbtree_check(&tree));
    for (int i = 0; i < 20; i++) {
        struct rbtree_node saved = items[i];
        items[i].parent_colour ^= 1; /* the other colour */
        EXPECT(!rbtree_check(&tree));
        items[i] = saved;
        items[i].key = i < 10 ? 100 : 0;
        EXPECT(!rbtree_check(&tree));
        items[i] = saved;
        struct rbtree_node *stranger = &items[ITEMS - 1];
        items[i].parent_colour = (uintptr_t)stranger | (saved.parent_colour & 1);
        EXPECT(!rbtree_check(&tree));
        items[i] = saved;
        for (int side = 0; side < 2; side++) {
            items[i].child[side] = tree.root; /* a ring, or a thread across */
            EXPECT(!rbtree_check(&tree));
            items[i].child[side] = stranger;
            EXPECT(!rbtree_check(&tree));
            items[i] = saved;
        }
    }
    EXPECT(rbtree_check(&tree));
    struct rbtree_node *first = tree.first;
    tree.first = rbtree_next(first);
    EXPECT(!rbtree_check(&tree));
    tree.first = first;
    tree.root = NULL;
    EXPECT(!rbtree_check(&tree));
}
