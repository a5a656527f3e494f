/* SPDX-License-Identifier: MIT */
/*
 * The red-black tree. "side" is 0 for the smaller and 1 for the greater child: every case is
 * written once and its mirror image is the other side. Nodes carry their parent, so rebalancing
 * climbs without a stack.
 */
#include "lib/rbtree.h"

#include "lib/bits.h"
#include "lib/bound.h"

#define RED ((uintptr_t)1)

/* floor(log2(n)), n > 0, as a constant. */
#define LOG2(n) (63 - __builtin_clzll(n))

/*
 * The longest path, in nodes, of a tree of n > 0. With k + 1 black nodes on each path, the smallest
 * tree that has a path of 2k nodes is black but for every second node of that path: 2^(k+1) - 2
 * nodes; for 2k + 1 it takes 3*2^k - 2.
 */
#define HEIGHT(n)         (2 * HEIGHT_PAIRS(n) + (3 * BIT(HEIGHT_PAIRS(n)) <= (n) + UINT64_C(2)))
#define HEIGHT_PAIRS(n)   (LOG2((n) + UINT64_C(2)) - 1)
#define HEIGHT_MAX        HEIGHT(RBTREE_NODES_MAX)
#define HEIGHT_MAX_BEFORE HEIGHT(RBTREE_NODES_MAX - 1) /* when one more comes */

/*
 * Turns of insert_rebalance() in a tree of n > 1 nodes that gets one more. All but the last turn
 * meet a red uncle. The smallest tree for t of them ends with a rotation: the red parent and its
 * black uncle above a node whose two children are red and lead to the same below, down to the
 * place of the new one: 5*2^(t-1) - 3 nodes.
 */
#define INSERT_TURNS(n)  (1 + LOG2(((n) + UINT64_C(3)) / 5))
#define INSERT_TURNS_MAX INSERT_TURNS(RBTREE_NODES_MAX < 3 ? 2 : RBTREE_NODES_MAX - 1)

/* Turns of remove_rebalance() in a tree of n nodes: each but the last leaves a subtree black all
 * over, so t of them need 2^(t+1) - 1 nodes. */
#define REMOVE_TURNS_MAX (LOG2(RBTREE_NODES_MAX + UINT64_C(1)) - 1)

/* The turn of remove_rebalance() that rotates last, and so is the last, at most. At turn t the tree
 * below has 2^t - 1 nodes on one side and, for a rotation, at least 3*2^(t-1) - 1 on the other: a
 * black node with a red child, all else black. With their parent that is 5*2^(t-1) - 1. */
#define ROTATING_TURN_MAX (1 + LOG2((RBTREE_NODES_MAX + UINT64_C(1)) / 5))

/* Turns that go on upward, and a last one that rotates: at the full height there is no rotation. */
#define REMOVE_STEPS_MAX                                                                           \
    (ROTATING_TURN_MAX > REMOVE_TURNS_MAX - 1 ? ROTATING_TURN_MAX : REMOVE_TURNS_MAX - 1)

/* Steps from a node's greater child down to its successor. */
#define SUCCESSOR_STEPS_MAX (HEIGHT_MAX < 2 ? 0 : HEIGHT_MAX - 2)

static inline struct rbtree_node *parent_of(const struct rbtree_node *node) {
    return (struct rbtree_node *)(node->parent_colour & ~RED);
}

static inline bool is_red(const struct rbtree_node *node) {
    return node != NULL && (node->parent_colour & RED) != 0;
}

static inline void set_parent(struct rbtree_node *node, const struct rbtree_node *parent) {
    node->parent_colour = (uintptr_t)parent | (node->parent_colour & RED);
}

static inline void set_black(struct rbtree_node *node) {
    node->parent_colour &= ~RED;
}

static inline void set_red(struct rbtree_node *node) {
    node->parent_colour |= RED;
}

/* Makes `parent` (or the tree, when NULL) hold `node` where it held `old`. */
static inline void replace_child(struct rbtree *tree, struct rbtree_node *parent,
                                 const struct rbtree_node *old, struct rbtree_node *node) {
    if (parent == NULL) {
        tree->root = node;
    } else {
        parent->child[parent->child[1] == old] = node;
    }
}

/*
 * Turns `top` down to `side`; its child on the other side comes up in its place and takes its
 * colour, `top` gets the one given. Inner grandchildren change hands:
 *
 *        top                up
 *       /   \              /  \         side = 0
 *      a     up    ->    top    c
 *           /  \        /   \
 *          b    c      a     b
 */
static ALWAYS_INLINE struct rbtree_node *rotate(struct rbtree *tree, struct rbtree_node *top,
                                                size_t side, uintptr_t top_colour) {
    struct rbtree_node *up = top->child[1 - side];
    struct rbtree_node *inner = up->child[side];
    struct rbtree_node *parent = parent_of(top);
    uintptr_t parent_colour = top->parent_colour;
    top->child[1 - side] = inner;
    if (inner != NULL) {
        set_parent(inner, top);
    }
    up->child[side] = top;
    up->parent_colour = parent_colour;
    top->parent_colour = (uintptr_t)up | top_colour;
    replace_child(tree, parent, top, up);
    return up;
}

/* `parent` is red and has just got the red child `node`. Two levels up for each step. */
static void insert_rebalance(struct rbtree *tree, struct rbtree_node *node,
                             struct rbtree_node *parent) {
    BOUND_LOOP(insert_up, INSERT_TURNS_MAX);
    do {
        BOUND_TURN(insert_up);
        struct rbtree_node *grandparent = parent_of(parent); /* exists: the root is black */
        size_t side = grandparent->child[1] == parent;
        struct rbtree_node *uncle = grandparent->child[1 - side];
        if (!is_red(uncle)) {
            if (parent->child[side] != node) {
                rotate(tree, parent, side, RED);
            }
            rotate(tree, grandparent, 1 - side, RED);
            return;
        }
        set_black(parent);
        set_black(uncle);
        node = grandparent;
        parent = parent_of(node);
        if (parent == NULL) {
            return; /* the root stays black: all paths are one longer */
        }
        set_red(node);
    } while (is_red(parent));
}

static inline void attach(struct rbtree *tree, struct rbtree_node *node, struct rbtree_node *parent,
                          size_t side) {
    node->parent_colour = (uintptr_t)parent | RED;
    parent->child[side] = node;
    if ((parent->parent_colour & RED) != 0) {
        insert_rebalance(tree, node, parent);
    }
}

bool rbtree_insert(struct rbtree *tree, struct rbtree_node *node) {
    struct rbtree_node *parent = tree->first;
    uint64_t key = node->key;
    node->child[0] = NULL;
    node->child[1] = NULL;
    if (parent == NULL) {
        node->parent_colour = 0;
        tree->root = node;
        tree->first = node;
        return true;
    }
    if (key < parent->key) { /* a new first: the old one has no smaller child, no search */
        tree->first = node;
        attach(tree, node, parent, 0);
        return true;
    }
    struct rbtree_node *next = tree->root;
    size_t side;
    BOUND_LOOP(insert_down, HEIGHT_MAX_BEFORE);
    do {
        BOUND_TURN(insert_down);
        parent = next;
        side = key >= parent->key;
        next = parent->child[side];
    } while (next != NULL);
    attach(tree, node, parent, side);
    return false;
}

/* The paths below `parent` on `side` have lost one black node, and the child there is black or
 * missing. One level up for each step. */
static void remove_rebalance(struct rbtree *tree, struct rbtree_node *parent, size_t side) {
    BOUND_LIMIT(red_sibling, 1); /* its parent is red from then on: this turn is the last */
    BOUND_LIMIT(steps, REMOVE_STEPS_MAX);
    BOUND_LOOP(remove_up, REMOVE_TURNS_MAX);
    for (;;) {
        BOUND_TURN(remove_up);
        struct rbtree_node *sibling =
            parent->child[1 - side]; /* exists: it has black height >= 1 */
        if ((sibling->parent_colour & RED) != 0) {
            BOUND_PATH(red_sibling);
            rotate(tree, parent, side, RED);
            sibling = parent->child[1 - side];
        }
        struct rbtree_node *outer = sibling->child[1 - side];
        if (!is_red(outer)) {
            if (!is_red(sibling->child[side])) {
                set_red(sibling);
                struct rbtree_node *node = parent;
                parent = parent_of(node);
                if (is_red(node) || parent == NULL) { /* repaired, or all paths are one shorter */
                    set_black(node);
                    return;
                }
                side = parent->child[1] == node;
                BOUND_PATH(steps);
                continue;
            }
            outer = sibling;
            rotate(tree, sibling, 1 - side, RED);
        }
        BOUND_PATH(steps);
        set_black(outer);
        rotate(tree, parent, side, 0);
        return;
    }
}

/* `node` has at most one child: that is red, and a leaf, since the other side is missing. The first
 * node is its parent's smaller child, if it has one. */
static ALWAYS_INLINE void remove_short(struct rbtree *tree, struct rbtree_node *node,
                                       struct rbtree_node *child, bool is_first) {
    struct rbtree_node *parent = parent_of(node);
    if (child != NULL) {
        child->parent_colour = (uintptr_t)parent;
    }
    if (parent == NULL) {
        tree->root = child;
        return;
    }
    size_t side = is_first ? 0 : parent->child[1] == node;
    parent->child[side] = child;
    if (child == NULL && (node->parent_colour & RED) == 0) {
        remove_rebalance(tree, parent, side);
    }
}

static inline void adopt(struct rbtree_node *node, struct rbtree_node *child) {
    if (child != NULL) {
        set_parent(child, node);
    }
}

/* `node` has two children. Its successor has no smaller child:
 * unlink that, then put it in place of `node`. */
static void remove_full(struct rbtree *tree, struct rbtree_node *node) {
    struct rbtree_node *successor = node->child[1];
    BOUND_LOOP(remove_down, SUCCESSOR_STEPS_MAX);
    while (successor->child[0] != NULL) {
        BOUND_TURN(remove_down);
        successor = successor->child[0];
    }
    remove_short(tree, successor, successor->child[1], false);
    successor->child[0] = node->child[0]; /* read now: the removal may have turned the tree */
    successor->child[1] = node->child[1];
    successor->parent_colour = node->parent_colour;
    adopt(successor, successor->child[0]);
    adopt(successor, successor->child[1]);
    replace_child(tree, parent_of(node), node, successor);
}

void rbtree_remove(struct rbtree *tree, struct rbtree_node *node) {
    struct rbtree_node *smaller = node->child[0];
    struct rbtree_node *greater = node->child[1];
    if (tree->first == node) {
        tree->first = greater != NULL ? greater : parent_of(node);
        remove_short(tree, node, greater, true);
    } else if (smaller != NULL && greater != NULL) {
        remove_full(tree, node);
    } else {
        remove_short(tree, node, smaller != NULL ? smaller : greater, false);
    }
}

struct rbtree_node *rbtree_next(const struct rbtree_node *node) {
    struct rbtree_node *next = node->child[1];
    if (next != NULL) {
        BOUND_LOOP(next_down, SUCCESSOR_STEPS_MAX);
        while (next->child[0] != NULL) {
            BOUND_TURN(next_down);
            next = next->child[0];
        }
        return next;
    }
    next = parent_of(node);
    BOUND_LOOP(next_up, HEIGHT_MAX - 1);
    while (next != NULL && next->child[1] == node) {
        BOUND_TURN(next_up);
        node = next;
        next = parent_of(node);
    }
    return next;
}

/* The black nodes from the root to `node`. More than HEIGHT_MAX when the links upward do not end. */
static unsigned black_height(const struct rbtree_node *node) {
    unsigned height = 0;
    unsigned depth = 0;
    BOUND_LOOP(black, HEIGHT_MAX);
    for (; node != NULL && depth < HEIGHT_MAX; node = parent_of(node), depth++) {
        BOUND_TURN(black);
        height += !is_red(node);
    }
    return node == NULL ? height : HEIGHT_MAX + 1;
}

static bool check_node(const struct rbtree_node *node, unsigned expected_height) {
    BOUND_LOOP(sides, 2);
    for (size_t side = 0; side < 2; side++) {
        BOUND_TURN(sides);
        const struct rbtree_node *child = node->child[side];
        if (child == NULL) {
            if (black_height(node) != expected_height) {
                return false;
            }
        } else if (parent_of(child) != node || (is_red(node) && is_red(child)) ||
                   (side == 0 ? child->key > node->key : child->key < node->key)) {
            return false;
        }
    }
    return true;
}

/* The first below and including `node`, NULL when a link back is wrong on the way, or it is too
 * long. */
static const struct rbtree_node *check_descent(const struct rbtree_node *node) {
    BOUND_LOOP(descent, HEIGHT_MAX);
    for (unsigned depth = 1; node->child[0] != NULL; depth++) {
        BOUND_TURN(descent);
        if (depth == HEIGHT_MAX || parent_of(node->child[0]) != node) {
            return NULL;
        }
        node = node->child[0];
    }
    return node;
}

bool rbtree_check(const struct rbtree *tree) {
    const struct rbtree_node *node = tree->root;
    if (node == NULL) {
        return tree->first == NULL;
    }
    if (node->parent_colour != 0 || check_descent(node) != tree->first) {
        return false;
    }
    uint64_t last_key = 0;
    unsigned height = black_height(tree->first);
    unsigned left = RBTREE_NODES_MAX;
    BOUND_LOOP(check_nodes, RBTREE_NODES_MAX + 1); /* the last finds that there are too many */
    for (node = tree->first; node != NULL; node = rbtree_next(node)) {
        BOUND_TURN(check_nodes);
        if (left-- == 0 || node->key < last_key || !check_node(node, height) ||
            (node->child[1] != NULL && check_descent(node->child[1]) == NULL)) {
            return false;
        }
        last_key = node->key;
    }
    return true;
}
