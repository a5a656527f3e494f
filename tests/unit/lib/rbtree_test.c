/* SPDX-License-Identifier: MIT */
/* The tree against a sorted array; its invariants after every step. */
#include "lib/rbtree.h"
#include "tests/unit/test.h"

/* As many as a tree may have, and one that is in none. */
#define ITEMS (RBTREE_NODES_MAX + 1)

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
        bool grow = model_count == RBTREE_NODES_MAX ? false
                    : model_count < target          ? !random_one_in(random, 3)
                                                    : random_one_in(random, 3);
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
    run_mix(&random, RBTREE_NODES_MAX, UINT64_MAX, 40000);
    run_mix(&random, RBTREE_NODES_MAX, 20, 40000);
}

TEST(rbtree_equal_keys_leave_in_the_order_they_came) {
    setup();
    for (int i = 0; i < RBTREE_NODES_MAX; i++) {
        insert(i, 7);
        expect_same();
    }
    for (int i = 0; i < RBTREE_NODES_MAX; i++) {
        EXPECT(rbtree_first(&tree) == &items[i]);
        remove_at(0);
        expect_same();
    }
}

TEST(rbtree_rising_and_falling_keys) {
    for (int falling = 0; falling < 2; falling++) {
        setup();
        for (int i = 0; i < RBTREE_NODES_MAX; i++) {
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

/* --- The longest paths: trees of the shapes that make them, built by hand ---------------------- */

static struct rbtree_node shape[128];
static unsigned used; /* of them */

/* A node with these children; its key is set later. */
static struct rbtree_node *node_of(bool red, struct rbtree_node *smaller,
                                   struct rbtree_node *greater) {
    struct rbtree_node *node = &shape[used++];
    *node = (struct rbtree_node){.child = {smaller, greater}, .parent_colour = red};
    for (int side = 0; side < 2; side++) {
        if (node->child[side] != NULL) {
            node->child[side]->parent_colour |= (uintptr_t)node;
        }
    }
    return node;
}

/* All black, `levels` high. */
static struct rbtree_node *black_of(unsigned levels) {
    if (levels == 0) {
        return NULL;
    }
    struct rbtree_node *smaller = black_of(levels - 1);
    return node_of(false, smaller, black_of(levels - 1));
}

/* As node_of(), with `child` on `side`. */
static struct rbtree_node *node_towards(unsigned side, bool red, struct rbtree_node *child,
                                        struct rbtree_node *other) {
    return side == 0 ? node_of(red, child, other) : node_of(red, other, child);
}

/* The least nodes with a path of `height` nodes, which goes to `side`: red and black in turn along
 * it, from a red leaf up to a black root, and all else black. */
static struct rbtree_node *path_of(unsigned height, unsigned side) {
    struct rbtree_node *node = NULL;
    unsigned black_levels = 0; /* of `node` */
    for (unsigned level = 0; level < height; level++) {
        bool red = level % 2 == 0 && level + 1 < height;
        node = node_towards(side, red, node, black_of(black_levels));
        black_levels += !red;
    }
    return node;
}

static void number_in_order(struct rbtree_node *node, uint64_t *key) {
    if (node != NULL) {
        number_in_order(node->child[0], key);
        node->key = *key;
        *key += 10;
        number_in_order(node->child[1], key);
    }
}

/* Makes `root` the tree, with keys 10, 20, 30 and so on. */
static void tree_set(struct rbtree_node *root) {
    uint64_t key = 10;
    number_in_order(root, &key);
    tree = (struct rbtree){root, root};
    while (tree.first->child[0] != NULL) {
        tree.first = tree.first->child[0];
    }
    EXPECT(rbtree_check(&tree));
    EXPECT(used <= RBTREE_NODES_MAX);
}

static unsigned depth_of(const struct rbtree_node *node) {
    unsigned left = node->child[0] == NULL ? 0 : depth_of(node->child[0]);
    unsigned right = node->child[1] == NULL ? 0 : depth_of(node->child[1]);
    return 1 + (left > right ? left : right);
}

/* What lib/rbtree.c says of 65 nodes; its markers end the test where one is passed once more. */
_Static_assert(RBTREE_NODES_MAX == 65, "the shapes below");
#define HEIGHT_65       10
#define INSERT_TURNS_64 4
#define REMOVE_TURNS_65 5

TEST(rbtree_longest_way_down_of_an_insert) {
    used = 0;
    tree_set(path_of(HEIGHT_65, 1));
    EXPECT_EQ(used, 62);
    EXPECT_EQ(depth_of(tree.root), HEIGHT_65);
    shape[used].key = UINT64_MAX;
    EXPECT(!rbtree_insert(&tree, &shape[used]));
    EXPECT(rbtree_check(&tree));
}

TEST(rbtree_no_way_is_longer) {
    used = 0;
    (void)path_of(HEIGHT_65 + 1, 0);
    EXPECT(used > RBTREE_NODES_MAX);
    EXPECT_EQ(used, 94);
}

/* A black node above two red ones, `turns` times down the side of the greatest keys. */
static struct rbtree_node *red_uncles_of(unsigned turns) {
    struct rbtree_node *node = NULL;
    for (unsigned turn = 0; turn < turns; turn++) {
        struct rbtree_node *smaller = black_of(turn);
        struct rbtree_node *uncle = node_of(true, smaller, black_of(turn));
        struct rbtree_node *parent = node_of(true, black_of(turn), node);
        node = node_of(false, uncle, parent);
    }
    return node;
}

TEST(rbtree_longest_way_up_of_an_insert) {
    used = 0;
    tree_set(red_uncles_of(INSERT_TURNS_64));
    EXPECT_EQ(used, 45);
    unsigned height = depth_of(tree.root);
    shape[used].key = UINT64_MAX;
    EXPECT(!rbtree_insert(&tree, &shape[used]));
    EXPECT(rbtree_check(&tree));
    EXPECT_EQ(tree.root->parent_colour, 0);
    EXPECT_EQ(depth_of(tree.root), height + 1); /* none was turned: the red went up to the root */
}

/* The same with a rotation at the end: fewer red ones, and above them a red parent whose brother is
 * black. */
TEST(rbtree_longest_way_up_that_turns) {
    used = 0;
    struct rbtree_node *low = red_uncles_of(INSERT_TURNS_64 - 1);
    struct rbtree_node *parent = node_of(true, black_of(INSERT_TURNS_64 - 1), low);
    tree_set(node_of(false, black_of(INSERT_TURNS_64 - 1), parent));
    EXPECT_EQ(used, 37);
    shape[used].key = UINT64_MAX;
    EXPECT(!rbtree_insert(&tree, &shape[used]));
    EXPECT(rbtree_check(&tree));
    EXPECT(tree.root == parent);
}

TEST(rbtree_longest_way_up_of_a_removal) {
    for (int side = 0; side < 2; side++) {
        used = 0;
        tree_set(black_of(REMOVE_TURNS_65 + 1));
        EXPECT_EQ(used, 63);
        struct rbtree_node *leaf = tree.root;
        while (leaf->child[side] != NULL) {
            leaf = leaf->child[side];
        }
        rbtree_remove(&tree, leaf);
        EXPECT(rbtree_check(&tree));
        EXPECT_EQ(depth_of(tree.root), REMOVE_TURNS_65 + 1); /* the other side has its levels yet */
    }
}

/* The root's successor is at the end of the longest path: found, and taken into its place. */
TEST(rbtree_longest_way_to_a_successor) {
    used = 0;
    struct rbtree_node *greater = NULL;
    unsigned black_levels = 0;
    for (unsigned level = 0; level < HEIGHT_65 - 1; level++) {
        bool red = level % 2 == 0;
        greater = node_of(red, greater, black_of(black_levels));
        black_levels += !red;
    }
    tree_set(node_of(false, black_of(black_levels), greater));
    EXPECT_EQ(used, 62);
    struct rbtree_node *root = tree.root;
    struct rbtree_node *successor = rbtree_next(root);
    EXPECT(successor->child[0] == NULL && successor->child[1] == NULL);
    EXPECT_EQ(successor->key, root->key + 10);
    rbtree_remove(&tree, root);
    EXPECT(tree.root == successor);
    EXPECT(rbtree_check(&tree));
}

/* From the end of the path of greatest keys up past the root. */
TEST(rbtree_longest_way_to_the_end) {
    used = 0;
    tree_set(path_of(HEIGHT_65, 1));
    struct rbtree_node *last = tree.root;
    while (last->child[1] != NULL) {
        last = last->child[1];
    }
    EXPECT(rbtree_next(last) == NULL);
    EXPECT(rbtree_next(rbtree_first(&tree)) != NULL);
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

/* The bounds of all loops hold for RBTREE_NODES_MAX nodes, so more are a flaw. */
TEST(rbtree_check_refuses_too_many_and_too_deep) {
    uint64_t key = 0;
    used = 0;
    struct rbtree_node *root = black_of(7);
    EXPECT(used > RBTREE_NODES_MAX);
    number_in_order(root, &key);
    tree = (struct rbtree){root, &shape[0]};
    EXPECT(tree.first->key == 0);
    EXPECT(!rbtree_check(&tree));
    used = 0;
    struct rbtree_node *chain = NULL;
    for (unsigned i = 0; i < 2 * HEIGHT_65; i++) {
        chain = node_of(false, chain, NULL);
    }
    number_in_order(chain, &key);
    tree = (struct rbtree){chain, &shape[0]};
    EXPECT(!rbtree_check(&tree));
}
