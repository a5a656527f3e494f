/* SPDX-License-Identifier: MIT */
/*
 * Binary min-heap over an array of pointers, both the caller's. Each node knows its place in the
 * array, so any of them can be removed or given another key. Nothing is said about the order of
 * equal keys: where that matters, take lib/stable_heap.h. No path is longer than log2(n) + 1, which
 * bounds every loop; n is at most BINARY_HEAP_NODES_MAX.
 */
#ifndef LIB_BINARY_HEAP_H
#define LIB_BINARY_HEAP_H

#include "lib/status.h"

/* Levels of the largest heap, and its nodes. */
#define BINARY_HEAP_LEVELS_MAX 10
#define BINARY_HEAP_NODES_MAX  ((1 << BINARY_HEAP_LEVELS_MAX) - 1)

struct binary_heap_node {
    uint64_t key;
    size_t index; /* the node's place, owned by the heap */
};

struct binary_heap {
    /* Slot i's children are 2i + 1 and 2i + 2, with no smaller keys. */
    struct binary_heap_node **slots;
    size_t count;
    size_t capacity;
};

/* Makes an empty heap of up to `capacity` <= BINARY_HEAP_NODES_MAX nodes over `slots`. O(1), any
 * context. */
void binary_heap_init(struct binary_heap *heap, struct binary_heap_node **slots, size_t capacity);

static inline bool binary_heap_is_empty(const struct binary_heap *heap) {
    return heap->count == 0;
}

/* A node with the smallest key, or NULL. O(1), any context. */
static inline struct binary_heap_node *binary_heap_first(const struct binary_heap *heap) {
    return heap->count == 0 ? NULL : heap->slots[0];
}

/* Adds `node`, which is in no heap and whose key is set. FULL: there are `capacity` already.
 * O(log n). */
MUST_USE status_t binary_heap_insert(struct binary_heap *heap, struct binary_heap_node *node);

/* Takes `node` out of `heap`, where it is. O(log n). */
void binary_heap_remove(struct binary_heap *heap, struct binary_heap_node *node);

/* Gives `node`, which is in `heap`, another key. O(log n). */
void binary_heap_set_key(struct binary_heap *heap, struct binary_heap_node *node, uint64_t key);

/* True when every node knows its place and no child is smaller than its parent. For tests. O(n). */
bool binary_heap_check(const struct binary_heap *heap);

#endif
