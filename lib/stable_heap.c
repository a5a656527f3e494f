/* SPDX-License-Identifier: MIT */
/* The stable heap: a node that is out of order leaves a hole that wanders until the node fits. */
#include "lib/stable_heap.h"

#include "lib/assert.h"
#include "lib/bound.h"

#define LOG2(n) (63 - __builtin_clzll(n))

struct stable_heap_node stable_heap_end = {.order = UINT64_MAX, .key = UINT64_MAX};

/* Whether `a` leaves earlier than `b`, which is not the end: without a branch, and without a wrap,
 * since b->key is below the greatest. */
static ALWAYS_INLINE bool is_before(const struct stable_heap_node *a,
                                    const struct stable_heap_node *b) {
    return a->key < b->key + (a->order < b->order);
}

static ALWAYS_INLINE void put(struct stable_heap *heap, size_t place,
                              struct stable_heap_node *node) {
    heap->slot[place] = node;
    node->place = place;
}

/* Puts `node` into the hole at `place` or, while those above come later, above. Returns where. */
static ALWAYS_INLINE size_t sift_up(struct stable_heap *heap, size_t place,
                                    struct stable_heap_node *node) {
    BOUND_LOOP(up, LOG2(STABLE_HEAP_NODES_MAX));
    while (place != STABLE_HEAP_FIRST) {
        BOUND_TURN(up);
        struct stable_heap_node *above = heap->slot[place / 2];
        if (is_before(above, node)) {
            break;
        }
        put(heap, place, above);
        place /= 2;
    }
    put(heap, place, node);
    return place;
}

/* Puts `node` into the hole at `place` or, while one below comes earlier, below. */
static ALWAYS_INLINE void sift_down(struct stable_heap *heap, size_t place,
                                    struct stable_heap_node *node) {
    size_t last = heap->count;
    size_t below = 2 * place;
    BOUND_LOOP(down, LOG2(STABLE_HEAP_NODES_MAX - 1)); /* one has just gone */
    while (below <= last) {
        BOUND_TURN(down);
        struct stable_heap_node *const *pair = &heap->slot[below];
        below += is_before(pair[1], pair[0]); /* the second may be the end, which is not before */
        struct stable_heap_node *least = heap->slot[below];
        if (is_before(node, least)) {
            break;
        }
        put(heap, place, least);
        place = below;
        below = 2 * place;
    }
    put(heap, place, node);
}

bool stable_heap_insert(struct stable_heap *heap, struct stable_heap_node *node) {
    size_t place = heap->count + 1;
    check(place <= STABLE_HEAP_NODES_MAX);
    node->order = heap->arrivals++;
    heap->count = place;
    heap->slot[place + 1] = &stable_heap_end;
    return sift_up(heap, place, node) == STABLE_HEAP_FIRST;
}

void stable_heap_remove(struct stable_heap *heap, struct stable_heap_node *node) {
    size_t place = node->place;
    size_t count = heap->count;
    assert(place <= count && heap->slot[place] == node);
    struct stable_heap_node *last = heap->slot[count];
    heap->slot[count] = &stable_heap_end;
    heap->count = count - 1;
    if (last == node) {
        return;
    }
    if (place != STABLE_HEAP_FIRST && is_before(last, heap->slot[place / 2])) {
        sift_up(heap, place, last);
    } else {
        sift_down(heap, place, last);
    }
}

bool stable_heap_check(const struct stable_heap *heap) {
    if (heap->count > STABLE_HEAP_NODES_MAX || heap->slot[heap->count + 1] != &stable_heap_end) {
        return false;
    }
    BOUND_LOOP(check_nodes, STABLE_HEAP_NODES_MAX);
    for (size_t i = STABLE_HEAP_FIRST; i <= heap->count; i++) {
        BOUND_TURN(check_nodes);
        const struct stable_heap_node *node = heap->slot[i];
        if (node->place != i || node->order >= heap->arrivals || node->key == UINT64_MAX ||
            (i != STABLE_HEAP_FIRST && !is_before(heap->slot[i / 2], node))) {
            return false;
        }
    }
    return true;
}
