/* SPDX-License-Identifier: MIT */
/*
 * Min-heap of nodes that leave in the order of their keys, and of their arrival where keys are
 * equal. Each node gets a number when it comes, and key and number together are its rank, so no two
 * nodes are equal. The heap is an array of pointers, the caller's, and each node knows its place in
 * it, so any of them can be removed.
 *
 *     slot   [ - | 1 | 2 | 3 | 4 | 5 | end ]      below slot i are 2i and 2i + 1, which come later
 *
 * Behind the last node stands `stable_heap_end`, whose key is greater than all: so there is always
 * a second child to compare with, and a first node to look at. No path is longer than log2(n),
 * which bounds every loop; against a red-black tree a step takes a fraction, for an array whose
 * size is known beforehand.
 */
#ifndef LIB_STABLE_HEAP_H
#define LIB_STABLE_HEAP_H

#include "config.h"
#include "lib/compiler.h"

/* Nodes of the largest heap: a timed event for each thread, and one more. */
#define STABLE_HEAP_NODES_MAX (CONFIG_THREAD_SLOTS + 1)

/* The slot of the first node; slot 0 is not used. */
#define STABLE_HEAP_FIRST 1

/* Places of an array for a heap. */
#define STABLE_HEAP_SLOTS (STABLE_HEAP_NODES_MAX + 2)

struct stable_heap_node {
    uint64_t order; /* the heap's: when it came */
    uint64_t key;   /* below UINT64_MAX; constant while the node is in a heap */
    size_t place;   /* the heap's: its slot */
};

struct stable_heap {
    struct stable_heap_node **slot;
    size_t count;
    uint64_t arrivals;
};

extern struct stable_heap_node stable_heap_end;

/* Makes an empty heap over `slot`, which has STABLE_HEAP_SLOTS places. O(1), any context. */
static inline void stable_heap_init(struct stable_heap *heap, struct stable_heap_node **slot) {
    slot[STABLE_HEAP_FIRST] = &stable_heap_end;
    *heap = (struct stable_heap){.slot = slot};
}

static inline bool stable_heap_is_empty(const struct stable_heap *heap) {
    return heap->count == 0;
}

/* The node of the smallest key, the oldest among equals; stable_heap_end when empty. O(1). */
static inline struct stable_heap_node *stable_heap_first(const struct stable_heap *heap) {
    return heap->slot[STABLE_HEAP_FIRST];
}

/* Adds `node`, which is in no heap and whose key is set, behind all nodes of the same key. True
 * when it is the first now. More than STABLE_HEAP_NODES_MAX stop the machine. O(log n). */
bool stable_heap_insert(struct stable_heap *heap, struct stable_heap_node *node);

/* Takes `node` out of `heap`, where it is. O(log n). */
void stable_heap_remove(struct stable_heap *heap, struct stable_heap_node *node);

/* True when every node knows its place and none comes before the one above it. For tests. O(n). */
bool stable_heap_check(const struct stable_heap *heap);

#endif
