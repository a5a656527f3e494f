/* SPDX-License-Identifier: MIT */
/*
 * A queue of 64 levels, first in first out within each: the one mechanism of run queues and wait
 * queues. A bit in `levels` says that a level has nodes; they form a ring whose oldest is the
 * level's head, and so the newest is head->prev. The highest level is one count-leading-zeros away,
 * and nothing here depends on how many nodes wait, at any level. The heads of empty levels are
 * never read, which makes a queue of all zeroes an empty queue, and emptying one a single store.
 *
 * The caller owns the nodes and remembers the level of each. Level 63 is the highest; every `level`
 * < 64. All functions: O(1), no loops; the caller serialises.
 */
#ifndef LIB_PRIO_QUEUE_H
#define LIB_PRIO_QUEUE_H

#include "lib/assert.h"
#include "lib/bits.h"
#include "lib/bound.h"
#include "lib/compiler.h"

#define PRIO_QUEUE_LEVELS 64

/* The most nodes that prio_queue_check() follows. */
#define PRIO_QUEUE_CHECK_MAX 4096

struct prio_node {
    struct prio_node *next; /* younger, or the oldest behind the youngest */
    struct prio_node *prev;
};

struct prio_queue {
    uint64_t levels;                           /* bit n: level n has nodes */
    struct prio_node *head[PRIO_QUEUE_LEVELS]; /* highest level first: see prio_queue_place() */
};

/* Where the head of `level` is: what counting the leading zeros of `levels` gives
 * for the highest. */
static inline unsigned prio_queue_place(unsigned level) {
    return level ^ (PRIO_QUEUE_LEVELS - 1);
}

static inline void prio_queue_init(struct prio_queue *queue) {
    queue->levels = 0;
}

static inline bool prio_queue_is_empty(const struct prio_queue *queue) {
    return queue->levels == 0;
}

static inline bool prio_queue_level_is_empty(const struct prio_queue *queue, unsigned level) {
    return ((queue->levels >> level) & 1) == 0;
}

/* The highest level that has nodes. The queue is not empty. */
static inline unsigned prio_queue_highest_level(const struct prio_queue *queue) {
    assert(queue->levels != 0);
    return bits_highest(queue->levels);
}

/* The oldest node of `level`, which is not empty. */
static inline struct prio_node *prio_queue_head(const struct prio_queue *queue, unsigned level) {
    assert(!prio_queue_level_is_empty(queue, level));
    return queue->head[prio_queue_place(level)];
}

/* The oldest node of the highest level. The queue is not empty. */
static inline struct prio_node *prio_queue_first(const struct prio_queue *queue) {
    assert(queue->levels != 0);
    return queue->head[__builtin_clzll(queue->levels)];
}

/* For the two inserts: adds the level of a lone node, or links the node between
 * youngest and oldest. */
static ALWAYS_INLINE void prio_queue_link(struct prio_queue *queue, struct prio_node *node,
                                          unsigned level, bool as_head) {
    assert(level < PRIO_QUEUE_LEVELS);
    if (prio_queue_level_is_empty(queue, level)) {
        node->next = node;
        node->prev = node;
        queue->levels |= BIT(level);
        queue->head[prio_queue_place(level)] = node;
        return;
    }
    struct prio_node *head = queue->head[prio_queue_place(level)];
    struct prio_node *tail = head->prev;
    node->next = head;
    node->prev = tail;
    tail->next = node;
    head->prev = node;
    if (as_head) {
        queue->head[prio_queue_place(level)] = node;
    }
}

/* Adds `node`, which is in no queue, as the youngest of `level`. */
static inline void prio_queue_insert_tail(struct prio_queue *queue, struct prio_node *node,
                                          unsigned level) {
    prio_queue_link(queue, node, level, false);
}

/* Adds `node`, which is in no queue, as the oldest of `level`. */
static inline void prio_queue_insert_head(struct prio_queue *queue, struct prio_node *node,
                                          unsigned level) {
    prio_queue_link(queue, node, level, true);
}

/* Takes `node` out of `level`, where it is. */
static inline void prio_queue_remove(struct prio_queue *queue, struct prio_node *node,
                                     unsigned level) {
    struct prio_node *next = node->next;
    assert(!prio_queue_level_is_empty(queue, level));
    assert(next->prev == node && node->prev->next == node);
    if (next == node) {
        queue->levels &= ~BIT(level);
        return;
    }
    struct prio_node *prev = node->prev;
    prev->next = next;
    next->prev = prev;
    if (queue->head[prio_queue_place(level)] == node) {
        queue->head[prio_queue_place(level)] = next;
    }
}

/* Takes the oldest node of `level`, which is not empty, out: cheaper than prio_queue_remove(). */
static inline struct prio_node *prio_queue_pop(struct prio_queue *queue, unsigned level) {
    struct prio_node *head = prio_queue_head(queue, level);
    struct prio_node *next = head->next;
    if (next == head) {
        queue->levels &= ~BIT(level);
        return head;
    }
    struct prio_node *tail = head->prev;
    tail->next = next;
    next->prev = tail;
    queue->head[prio_queue_place(level)] = next;
    return head;
}

/* Takes the oldest node of the highest level out. The queue is not empty. */
static inline struct prio_node *prio_queue_pop_first(struct prio_queue *queue) {
    assert(queue->levels != 0);
    unsigned place = (unsigned)__builtin_clzll(queue->levels);
    struct prio_node *head = queue->head[place];
    struct prio_node *next = head->next;
    if (next == head) {
        queue->levels &= ~(BIT(PRIO_QUEUE_LEVELS - 1) >> place);
        return head;
    }
    struct prio_node *tail = head->prev;
    tail->next = next;
    next->prev = tail;
    queue->head[place] = next;
    return head;
}

/* The oldest node of `level`, which is not empty, becomes its youngest. */
static inline void prio_queue_rotate(struct prio_queue *queue, unsigned level) {
    queue->head[prio_queue_place(level)] = prio_queue_head(queue, level)->next;
}

/* `node`, the youngest of `level`, becomes its oldest. */
static inline void prio_queue_lead(struct prio_queue *queue, struct prio_node *node,
                                   unsigned level) {
    assert(node->next == prio_queue_head(queue, level));
    queue->head[prio_queue_place(level)] = node;
}

/* `node`, any of `level`, becomes its oldest; the others keep their order. */
static inline void prio_queue_move_to_head(struct prio_queue *queue, struct prio_node *node,
                                           unsigned level) {
    if (node != prio_queue_head(queue, level)) {
        prio_queue_remove(queue, node, level);
        prio_queue_insert_head(queue, node, level);
    }
}

/* `node`, which is in no queue, takes the place of the oldest of `level`, which is `old`. */
static ALWAYS_INLINE void prio_queue_replace_head(struct prio_queue *queue, struct prio_node *old,
                                                  struct prio_node *node, unsigned level) {
    assert(old == prio_queue_head(queue, level));
    struct prio_node *next = old->next;
    if (LIKELY(next == old)) {
        node->next = node;
        node->prev = node;
    } else {
        struct prio_node *prev = old->prev;
        node->next = next;
        node->prev = prev;
        prev->next = node;
        next->prev = node;
    }
    queue->head[prio_queue_place(level)] = node;
}

/* `node`, the second oldest of `level`, becomes the oldest, and the oldest the youngest: a rotation
 * by who has the node at hand. */
static inline void prio_queue_rotate_to(struct prio_queue *queue, struct prio_node *node,
                                        unsigned level) {
    assert(node->prev == prio_queue_head(queue, level));
    queue->head[prio_queue_place(level)] = node;
}

/* True when every level's ring is whole and all together have at most `limit` <=
 * PRIO_QUEUE_CHECK_MAX nodes. For tests. O(64 + limit). */
static inline bool prio_queue_check(const struct prio_queue *queue, size_t limit) {
    BOUND_LIMIT(check_total, PRIO_QUEUE_CHECK_MAX + 1); /* the last is refused */
    size_t nodes = 0;
    BOUND_LOOP(check_levels, PRIO_QUEUE_LEVELS);
    for (uint64_t levels = queue->levels; levels != 0; levels &= levels - 1) {
        BOUND_TURN(check_levels);
        const struct prio_node *head = queue->head[prio_queue_place(bits_lowest(levels))];
        const struct prio_node *node = head;
        BOUND_LOOP(check_nodes, PRIO_QUEUE_CHECK_MAX + 1);
        do {
            BOUND_TURN(check_nodes);
            BOUND_PATH(check_total);
            if (node == NULL || node->next == NULL || node->next->prev != node ||
                nodes++ >= limit) {
                return false;
            }
            node = node->next;
        } while (node != head);
    }
    return true;
}

#endif
