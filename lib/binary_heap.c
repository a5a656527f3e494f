/* SPDX-License-Identifier: MIT */
/* The binary heap: a node that is out of order leaves a hole that wanders until the node
 * fits into it. */
#include "lib/binary_heap.h"

#include "lib/assert.h"
#include "lib/bound.h"

static inline void place(struct binary_heap *heap, size_t index, struct binary_heap_node *node) {
    heap->slots[index] = node;
    node->index = index;
}

/* Puts `node` into the hole at `index` or, while parents are greater, above. */
static void sift_up(struct binary_heap *heap, size_t index, struct binary_heap_node *node) {
    BOUND_LOOP(up, BINARY_HEAP_LEVELS_MAX - 1);
    while (index != 0) {
        BOUND_TURN(up);
        size_t parent = (index - 1) / 2;
        if (heap->slots[parent]->key <= node->key) {
            break;
        }
        place(heap, index, heap->slots[parent]);
        index = parent;
    }
    place(heap, index, node);
}

/* Puts `node` into the hole at `index` or, while children are smaller, below. */
static void sift_down(struct binary_heap *heap, size_t index, struct binary_heap_node *node) {
    BOUND_LOOP(down, BINARY_HEAP_LEVELS_MAX);
    for (;;) {
        BOUND_TURN(down);
        size_t child = 2 * index + 1; /* < 2^63: the array of pointers is in memory */
        if (child >= heap->count) {
            break;
        }
        if (child + 1 < heap->count && heap->slots[child + 1]->key < heap->slots[child]->key) {
            child++;
        }
        if (heap->slots[child]->key >= node->key) {
            break;
        }
        place(heap, index, heap->slots[child]);
        index = child;
    }
    place(heap, index, node);
}

/* Puts `node` near the hole at `index`, on whichever side of it its key belongs. */
static void sift(struct binary_heap *heap, size_t index, struct binary_heap_node *node) {
    if (index != 0 && node->key < heap->slots[(index - 1) / 2]->key) {
        sift_up(heap, index, node);
    } else {
        sift_down(heap, index, node);
    }
}

void binary_heap_init(struct binary_heap *heap, struct binary_heap_node **slots, size_t capacity) {
    check(capacity <= BINARY_HEAP_NODES_MAX);
    *heap = (struct binary_heap){.slots = slots, .capacity = capacity};
}

status_t binary_heap_insert(struct binary_heap *heap, struct binary_heap_node *node) {
    if (heap->count == heap->capacity) {
        return STATUS_FULL;
    }
    sift_up(heap, heap->count++, node);
    return STATUS_OK;
}

void binary_heap_remove(struct binary_heap *heap, struct binary_heap_node *node) {
    size_t index = node->index;
    check(index < heap->count && heap->slots[index] == node);
    struct binary_heap_node *last = heap->slots[--heap->count];
    if (last != node) {
        sift(heap, index, last);
    }
}

void binary_heap_set_key(struct binary_heap *heap, struct binary_heap_node *node, uint64_t key) {
    check(node->index < heap->count && heap->slots[node->index] == node);
    node->key = key;
    sift(heap, node->index, node);
}

bool binary_heap_check(const struct binary_heap *heap) {
    if (heap->count > heap->capacity) {
        return false;
    }
    BOUND_LOOP(check_nodes, BINARY_HEAP_NODES_MAX);
    for (size_t i = 0; i < heap->count; i++) {
        BOUND_TURN(check_nodes);
        const struct binary_heap_node *node = heap->slots[i];
        if (node->index != i || (i != 0 && heap->slots[(i - 1) / 2]->key > node->key)) {
            return false;
        }
    }
    return true;
}
