/* SPDX-License-Identifier: MIT */
/*
 * Intrusive red-black tree, ordered by a 64-bit key inside the node, first in first out among equal
 * keys. The smallest is kept at hand: looking at it is one load, and removing it needs no search.
 *
 * Invariants: a red node has no red child; every path from the root to a missing child passes the
 * same number of black nodes; the root is black. Hence no path is longer than 2*log2(n+1), which
 * bounds every loop here; n is at most RBTREE_NODES_MAX. The caller owns tree and nodes, knows
 * which tree a node is in, and does not change a key meanwhile. Where the most nodes are known
 * beforehand, lib/stable_heap.h keeps the same order with shorter longest ways.
 */
#ifndef LIB_RBTREE_H
#define LIB_RBTREE_H

#include "config.h"
#include "lib/compiler.h"

/* The most nodes that a tree has: one for each thread, and one more. Reason: it bounds every
 * loop. */
#define RBTREE_NODES_MAX (CONFIG_THREAD_SLOTS + 1)

struct rbtree_node {
    struct rbtree_node *child[2]; /* smaller; equal or greater */
    uintptr_t parent_colour;      /* address of the parent, bit 0 set when this node is red */
    uint64_t key;
};

struct rbtree {
    struct rbtree_node *root;
    struct rbtree_node *first; /* smallest and oldest, NULL when empty */
};

/* Makes an empty tree of any storage; all zeroes is one too. O(1), any context. */
static inline void rbtree_init(struct rbtree *tree) {
    tree->root = NULL;
    tree->first = NULL;
}

static inline bool rbtree_is_empty(const struct rbtree *tree) {
    return tree->first == NULL;
}

/* The node with the smallest key, the oldest among equals; NULL when empty. O(1), any context. */
static inline struct rbtree_node *rbtree_first(const struct rbtree *tree) {
    return tree->first;
}

/* Adds `node`, which is in no tree and whose key is set, behind all nodes of the same key.
 * True when it is the first now. At most 2*log2(n+1) steps down, as many up, and two rotations. */
bool rbtree_insert(struct rbtree *tree, struct rbtree_node *node);

/* Takes `node` out of `tree`, where it is. At most 2*log2(n+1) steps and three rotations; the first
 * node needs no step down. */
void rbtree_remove(struct rbtree *tree, struct rbtree_node *node);

/* The node after `node` in order, or NULL behind the last. At most 2*log2(n+1) steps. */
struct rbtree_node *rbtree_next(const struct rbtree_node *node);

/* True when all invariants hold: colours, black heights, order, links both ways, the first. For
 * tests. O(n log n). */
bool rbtree_check(const struct rbtree *tree);

#endif
