/* SPDX-License-Identifier: MIT */
/*
 * The red-black tree. "side" is 0 for the smaller and 1 for the greater child: every case is
 * written once and its mirror image is the other side. Nodes carry their parent, so rebalancing
 * climbs without a stack.
 */
#include "lib/rbtree.h"

#define RED ((uintptr_t)1)

/* Twice the 64 levels that a tree over a 64-bit address space could have.
 * Only a corrupt tree has more. */
#define DEPTH_MAX 128

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
static struct rbtree_node *rotate(struct rbtree *tree, struct rbtree_node *top, unsigned side,
                                  uintptr_t top_colour) {
    struct rbtree_node *up = top->child[!side];
    struct rbtree_node *inner = up->child[side];
    struct rbtree_node *parent = parent_of(top);
    uintptr_t parent_colour = top->parent_colour;
    top->child[!side] = inner;
    if (inner != NULL) {
        set_parent(inner, top);
    }
    up->child[side] = top;
    up->parent_colour = parent_colour;
    top->parent_colour = (uintptr_t)up | top_colour;
    replace_child(tree, parent, top, up);
    return up;
}

/* `parent` is red and has just got the red child `node`.
 * Two levels up for each step: <= log2(n+1). */
static void insert_rebalance(struct rbtree *tree, struct rbtree_node *node,
                             struct rbtree_node *parent) {
    do {
        struct rbtree_node *grandparent = parent_of(parent); /* exists: the root is black */
        unsigned side = grandparent->child[1] == parent;
        struct rbtree_node *uncle = grandparent->child[!side];
        if (!is_red(uncle)) {
            if (parent->child[side] != node) {
                rotate(tree, parent, side, RED);
            }
            rotate(tree, grandparent, !side, RED);
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
                          unsigned side) {
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
    unsigned side;
    do { /* <= 2*log2(n+1) */
        parent = next;
        side = key >= parent->key;
        next = parent->child[side];
    } while (next != NULL);
    attach(tree, node, parent, side);
    return false;
}

/* The paths below `parent` on `side` have lost one black node, and the child there is black or
 * missing. One level up for each step: <= 2*log2(n+1). */
static void remove_rebalance(struct rbtree *tree, struct rbtree_node *parent, unsigned side) {
    for (;;) {
        struct rbtree_node *sibling = parent->child[!side]; /* exists: it has black height >= 1 */
        if ((sibling->parent_colour & RED) != 0) {
            rotate(tree, parent, side, RED);
            sibling = parent->child[!side];
        }
        struct rbtree_node *outer = sibling->child[!side];
        if (!is_red(outer) && !is_red(sibling->child[side])) {
            set_red(sibling);
            if ((parent->parent_colour & RED) != 0) {
                set_black(parent);
                return;
            }
            struct rbtree_node *node = parent;
            parent = parent_of(node);
            if (parent == NULL) {
                return; /* all paths are one shorter */
            }
            side = parent->child[1] == node;
            continue;
        }
        if (!is_red(outer)) {
            outer = sibling;
            rotate(tree, sibling, !side, RED);
        }
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
    unsigned side = is_first ? 0 : parent->child[1] == node;
    parent->child[side] = child;
    if (child == NULL && (node->parent_colour & RED) == 0) {
        remove_rebalance(tree, parent, side);
    }
}

/* `node` has two children. Its successor has no smaller child:
 * unlink that, then put it in place of `node`. */
static void remove_full(struct rbtree *tree, struct rbtree_node *node) {
    struct rbtree_node *successor = node->child[1];
    while (successor->child[0] != NULL) { /* <= 2*log2(n+1) */
        successor = successor->child[0];
    }
    remove_short(tree, successor, successor->child[1], false);
    successor->child[0] = node->child[0]; /* read now: the removal may have turned the tree */
    successor->child[1] = node->child[1];
    successor->parent_colour = node->parent_colour;
    for (unsigned side = 0; side < 2; side++) {
        if (successor->child[side] != NULL) {
            set_parent(successor->child[side], successor);
        }
    }
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
        while (next->child[0] != NULL) { /* <= 2*log2(n+1) */
            next = next->child[0];
        }
        return next;
    }
    next = parent_of(node);
    while (next != NULL && next->child[1] == node) { /* <= 2*log2(n+1) */
        node = next;
        next = parent_of(node);
    }
    return next;
}

/* The black nodes from the root to `node`. More than DEPTH_MAX when the links upward do not end. */
static unsigned black_height(const struct rbtree_node *node) {
    unsigned height = 0;
    unsigned depth = 0;
    for (; node != NULL && depth <= DEPTH_MAX; node = parent_of(node), depth++) {
        height += !is_red(node);
    }
    return node == NULL ? height : DEPTH_MAX + 1;
}

static bool check_node(const struct rbtree_node *node, unsigned expected_height) {
    for (unsigned side = 0; side < 2; side++) {
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

/* The first below and including `node`, NULL when a link back is wrong on the way. */
static const struct rbtree_node *check_descent(const struct rbtree_node *node) {
    while (node->child[0] != NULL) { /* ends: links back that are right make no ring */
        if (parent_of(node->child[0]) != node) {
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
    for (node = tree->first; node != NULL; node = rbtree_next(node)) {
        if (node->key < last_key || !check_node(node, height) ||
            (node->child[1] != NULL && check_descent(node->child[1]) == NULL)) {
            return false;
        }
        last_key = node->key;
    }
    return true;
}
