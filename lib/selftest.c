/* SPDX-License-Identifier: MIT */
/* One function for each container. Each takes what it works on from the allocator and
 * gives it back. */
#include "lib/selftest.h"

#include "lib/array.h"
#include "lib/binary_heap.h"
#include "lib/bound.h"
#include "lib/list.h"
#include "lib/random.h"
#include "lib/rbtree.h"
#include "lib/ring.h"
#include "lib/string.h"
#include "lib/tlsf.h"

#define ITEMS      32
#define STEPS      500
#define ARENA_SIZE 32768
#define BLOCK_MAX  2000
#define TREE_ITEMS (ITEMS < RBTREE_NODES_MAX ? ITEMS : RBTREE_NODES_MAX)

#define GOOD_IF(condition) ((condition) ? STATUS_OK : STATUS_MALFORMED)

/* What all cases of nodes work on. */
struct item {
    struct list_node list_node;
    struct rbtree_node tree_node;
    struct binary_heap_node heap_node;
    bool inside;
};

/* Lists keep their order: items go round between two of them, all in ascending order of a stamp. */
static status_t run_list(struct allocator *allocator, uint64_t seed) {
    struct random random;
    struct list lists[2];
    struct item *items = allocator_alloc(allocator, ITEMS * sizeof(*items));
    if (items == NULL) {
        return STATUS_NO_MEMORY;
    }
    random_init(&random, seed);
    list_init(&lists[0]);
    list_init(&lists[1]);
    BOUND_LOOP(list_items, ITEMS);
    for (size_t i = 0; i < ITEMS; i++) {
        BOUND_TURN(list_items);
        items[i].heap_node.key = i;
        list_push_back(&lists[0], &items[i].list_node);
    }
    uint64_t stamp = ITEMS;
    BOUND_LOOP(list_steps, STEPS);
    for (size_t step = 0; step < STEPS; step++) {
        BOUND_TURN(list_steps);
        struct item *item = &items[random_below(&random, ITEMS)];
        list_remove(&item->list_node);
        item->heap_node.key = stamp++;
        list_push_back(&lists[random_below(&random, 2)], &item->list_node);
    }
    bool good = list_check(&lists[0], ITEMS) && list_check(&lists[1], ITEMS);
    size_t count = 0;
    BOUND_LOOP(lists, 2);
    for (size_t i = 0; i < 2 && good; i++) {
        BOUND_TURN(lists);
        uint64_t last = 0;
        BOUND_LOOP(nodes, ITEMS);
        list_for_each (node, &lists[i]) {
            BOUND_TURN(nodes);
            uint64_t key = CONTAINER_OF(node, struct item, list_node)->heap_node.key;
            good = good && key >= last;
            last = key;
            count++;
        }
    }
    allocator_free(allocator, items);
    return GOOD_IF(good && count == ITEMS);
}

static bool tree_step(struct rbtree *tree, struct item *item, uint64_t key) {
    if (item->inside) {
        rbtree_remove(tree, &item->tree_node);
    } else {
        item->tree_node.key = key;
        bool is_first = rbtree_insert(tree, &item->tree_node);
        if (is_first != (rbtree_first(tree) == &item->tree_node)) {
            return false;
        }
    }
    item->inside = !item->inside;
    return rbtree_check(tree);
}

static status_t run_tree(struct allocator *allocator, uint64_t seed) {
    struct random random;
    struct rbtree tree;
    struct item *items = allocator_alloc(allocator, ITEMS * sizeof(*items));
    if (items == NULL) {
        return STATUS_NO_MEMORY;
    }
    memset(items, 0, ITEMS * sizeof(*items));
    random_init(&random, seed);
    rbtree_init(&tree);
    bool good = true;
    BOUND_LOOP(tree_steps, STEPS);
    for (size_t step = 0; step < STEPS && good; step++) {
        BOUND_TURN(tree_steps);
        struct item *item = &items[random_below(&random, TREE_ITEMS)];
        good = tree_step(&tree, item, random_below(&random, ITEMS));
    }
    BOUND_LOOP(tree_items, TREE_ITEMS);
    for (size_t i = 0; i < TREE_ITEMS && good; i++) { /* then all that is left, in any order */
        BOUND_TURN(tree_items);
        good = !items[i].inside || tree_step(&tree, &items[i], 0);
    }
    allocator_free(allocator, items);
    return GOOD_IF(good && rbtree_is_empty(&tree));
}

static bool heap_step(struct binary_heap *heap, struct item *item, uint64_t key) {
    if (!item->inside) {
        item->heap_node.key = key;
        item->inside = binary_heap_insert(heap, &item->heap_node) == STATUS_OK;
        return item->inside && binary_heap_check(heap);
    }
    if (key % 2 == 0) {
        binary_heap_set_key(heap, &item->heap_node, key);
    } else {
        binary_heap_remove(heap, &item->heap_node);
        item->inside = false;
    }
    return binary_heap_check(heap);
}

static status_t run_heap(struct allocator *allocator, uint64_t seed) {
    struct random random;
    struct binary_heap heap;
    struct binary_heap_node *slots[ITEMS];
    struct item *items = allocator_alloc(allocator, ITEMS * sizeof(*items));
    if (items == NULL) {
        return STATUS_NO_MEMORY;
    }
    memset(items, 0, ITEMS * sizeof(*items));
    random_init(&random, seed);
    binary_heap_init(&heap, slots, ITEMS);
    bool good = true;
    BOUND_LOOP(heap_steps, STEPS);
    for (size_t step = 0; step < STEPS && good; step++) {
        BOUND_TURN(heap_steps);
        struct item *item = &items[random_below(&random, ITEMS)];
        good = heap_step(&heap, item, random_below(&random, 100));
    }
    uint64_t last = 0;
    BOUND_LOOP(heap_items, ITEMS);
    while (good && !binary_heap_is_empty(&heap)) {
        BOUND_TURN(heap_items);
        struct binary_heap_node *first = binary_heap_first(&heap);
        good = first->key >= last;
        last = first->key;
        binary_heap_remove(&heap, first);
    }
    allocator_free(allocator, items);
    return GOOD_IF(good);
}

/* A queue of rising numbers: they leave in order, and those inside are the ones not yet left. */
static status_t run_ring(struct allocator *allocator, uint64_t seed) {
    struct random random;
    struct ring ring;
    status_t status = STATUS_OK;
    uint64_t pushed = 0;
    uint64_t popped = 0;
    random_init(&random, seed);
    ring_init(&ring, allocator, sizeof(pushed));
    BOUND_LOOP(ring_steps, STEPS);
    for (size_t step = 0; step < STEPS && status == STATUS_OK; step++) {
        BOUND_TURN(ring_steps);
        if (ring.count == 0 || !random_one_in(&random, 3)) {
            status = ring_push_back(&ring, &pushed);
            pushed++;
        } else {
            uint64_t value = UINT64_MAX;
            status = ring_pop_front(&ring, &value);
            status = status == STATUS_OK ? GOOD_IF(value == popped) : status;
            popped++;
        }
    }
    if (status == STATUS_OK) {
        status = GOOD_IF(ring.count == pushed - popped);
    }
    BOUND_LOOP(ring_items, STEPS);
    for (size_t i = 0; i < ring.count && status == STATUS_OK; i++) {
        BOUND_TURN(ring_items);
        status = GOOD_IF(*(uint64_t *)ring_at(&ring, i) == popped + i);
    }
    ring_destroy(&ring);
    return status;
}

/* Kept sorted by inserting in the middle, then half taken out again. */
static status_t run_array(struct allocator *allocator, uint64_t seed) {
    struct random random;
    struct array array;
    status_t status = STATUS_OK;
    random_init(&random, seed);
    array_init(&array, allocator, sizeof(uint64_t));
    BOUND_LOOP(array_steps, STEPS);
    for (size_t step = 0; step < STEPS && status == STATUS_OK; step++) {
        BOUND_TURN(array_steps);
        uint64_t value = random_next(&random);
        size_t at = 0;
        BOUND_LOOP(array_place, STEPS / 2); /* every second step takes one out again */
        while (at < array.count && *(uint64_t *)array_at(&array, at) <= value) {
            BOUND_TURN(array_place);
            at++;
        }
        status = array_insert(&array, at, &value);
        if (step % 2 == 1 && status == STATUS_OK) {
            status = array_remove(&array, random_below(&random, array.count));
        }
    }
    if (status == STATUS_OK) {
        status = GOOD_IF(array.count == STEPS / 2);
    }
    BOUND_LOOP(array_items, STEPS / 2 - 1);
    for (size_t i = 1; i < array.count && status == STATUS_OK; i++) {
        BOUND_TURN(array_items);
        status = GOOD_IF(*(uint64_t *)array_at(&array, i - 1) <= *(uint64_t *)array_at(&array, i));
    }
    array_destroy(&array);
    return status;
}

/* What the allocator's own test works on: control structure and arena in one block. */
struct tlsf_work {
    struct tlsf tlsf;
    unsigned char *block[ITEMS]; /* each filled with its own index */
    size_t size[ITEMS];
    unsigned char arena[ARENA_SIZE];
};

static bool tlsf_step(struct tlsf_work *work, size_t slot, size_t size) {
    unsigned char *block = work->block[slot];
    if (block == NULL) {
        block = tlsf_alloc(&work->tlsf, size);
        if (block != NULL) {
            memset(block, (int)slot, size);
        }
        work->block[slot] = block;
        work->size[slot] = size;
        return true;
    }
    BOUND_LOOP(block_bytes, BLOCK_MAX);
    for (size_t i = 0; i < work->size[slot]; i++) {
        BOUND_TURN(block_bytes);
        if (block[i] != slot) {
            return false;
        }
    }
    work->block[slot] = NULL;
    return tlsf_free(&work->tlsf, block) == STATUS_OK &&
           tlsf_free(&work->tlsf, block) == STATUS_DOUBLE_FREE && tlsf_check(&work->tlsf);
}

static status_t run_tlsf(struct allocator *allocator, uint64_t seed) {
    struct random random;
    struct tlsf_work *work = allocator_alloc(allocator, sizeof(*work));
    if (work == NULL) {
        return STATUS_NO_MEMORY;
    }
    memset(work->block, 0, sizeof(work->block));
    random_init(&random, seed);
    tlsf_init(&work->tlsf);
    bool good = tlsf_add_region(&work->tlsf, work->arena, sizeof(work->arena)) == STATUS_OK;
    BOUND_LOOP(tlsf_steps, STEPS);
    for (size_t step = 0; step < STEPS && good; step++) {
        BOUND_TURN(tlsf_steps);
        good = tlsf_step(work, random_below(&random, ITEMS), random_between(&random, 1, BLOCK_MAX));
    }
    BOUND_LOOP(tlsf_items, ITEMS);
    for (size_t slot = 0; slot < ITEMS && good; slot++) {
        BOUND_TURN(tlsf_items);
        good = work->block[slot] == NULL || tlsf_step(work, slot, 0);
    }
    struct tlsf_stats stats;
    tlsf_stats(&work->tlsf, &stats);
    good = good && stats.used == 0 && tlsf_alloc(&work->tlsf, stats.largest_free) != NULL;
    allocator_free(allocator, work);
    return GOOD_IF(good);
}

const char *const lib_selftest_names[LIB_SELFTEST_CASES] = {
    "list", "rbtree", "binary_heap", "ring", "array", "tlsf",
};

status_t lib_selftest_run(unsigned index, struct allocator *allocator, uint64_t seed) {
    switch (index) {
    case 0:
        return run_list(allocator, seed);
    case 1:
        return run_tree(allocator, seed);
    case 2:
        return run_heap(allocator, seed);
    case 3:
        return run_ring(allocator, seed);
    case 4:
        return run_array(allocator, seed);
    case 5:
        return run_tlsf(allocator, seed);
    default:
        return STATUS_OUT_OF_RANGE;
    }
}

status_t lib_selftest(struct allocator *allocator, uint64_t seed) {
    BOUND_LOOP(cases, LIB_SELFTEST_CASES);
    for (unsigned i = 0; i < LIB_SELFTEST_CASES; i++) {
        BOUND_TURN(cases);
        status_t status = lib_selftest_run(i, allocator, seed + i);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}
