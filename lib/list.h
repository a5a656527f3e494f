/* SPDX-License-Identifier: MIT */
/*
 * Intrusive doubly linked list. The nodes live inside the objects they link, so joining a list
 * never needs memory and leaving it never needs a search. The list is a ring through its own head
 * node: every node has two neighbours, and no operation has a case for "first", "last" or "only".
 * The caller owns nodes and list, and knows which list a node is in; the links of a node that is in
 * none mean nothing.
 */
#ifndef LIB_LIST_H
#define LIB_LIST_H

#include "lib/assert.h"
#include "lib/bound.h"
#include "lib/compiler.h"

/* The most nodes that list_check() follows. */
#define LIST_CHECK_MAX 1024

struct list_node {
    struct list_node *next;
    struct list_node *prev;
};

struct list {
    struct list_node head;
};

/* A static list that is ready for use: struct list waiting = LIST_INITIALIZER(waiting); */
#define LIST_INITIALIZER(name)                                                                     \
    {                                                                                              \
        { &(name).head, &(name).head }                                                             \
    }

/* Visits every node, first to last. The body must not remove `node`. O(n): a BOUND_LOOP before it
 * says how many there can be. */
#define list_for_each(node, list)                                                                  \
    for (struct list_node *node = (list)->head.next; node != &(list)->head; node = node->next)

/* Makes an empty list of any storage. O(1), any context, as all below unless they say otherwise. */
static inline void list_init(struct list *list) {
    list->head.next = &list->head;
    list->head.prev = &list->head;
}

static inline bool list_is_empty(const struct list *list) {
    return list->head.next == &list->head;
}

/* Puts `node`, which is in no list, right behind `position`, which is in one. */
static inline void list_insert_after(struct list_node *position, struct list_node *node) {
    struct list_node *next = position->next;
    node->next = next;
    node->prev = position;
    position->next = node;
    next->prev = node;
}

/* Puts `node`, which is in no list, right before `position`, which is in one. */
static inline void list_insert_before(struct list_node *position, struct list_node *node) {
    list_insert_after(position->prev, node);
}

static inline void list_push_front(struct list *list, struct list_node *node) {
    list_insert_after(&list->head, node);
}

static inline void list_push_back(struct list *list, struct list_node *node) {
    list_insert_after(list->head.prev, node);
}

/* Takes `node` out of the list that it is in. */
static inline void list_remove(struct list_node *node) {
    struct list_node *next = node->next;
    struct list_node *prev = node->prev;
    assert(next->prev == node && prev->next == node);
    prev->next = next;
    next->prev = prev;
}

/* The first node, or NULL. */
static inline struct list_node *list_first(const struct list *list) {
    return list_is_empty(list) ? NULL : list->head.next;
}

/* The last node, or NULL. */
static inline struct list_node *list_last(const struct list *list) {
    return list_is_empty(list) ? NULL : list->head.prev;
}

/* The node behind `node`, which is in `list`, or NULL when it is the last. */
static inline struct list_node *list_next(const struct list *list, const struct list_node *node) {
    return node->next == &list->head ? NULL : node->next;
}

/* Takes the first node out, or answers NULL. */
static inline struct list_node *list_pop_front(struct list *list) {
    struct list_node *node = list_first(list);
    if (node != NULL) {
        list_remove(node);
    }
    return node;
}

/* Takes the last node out, or answers NULL. */
static inline struct list_node *list_pop_back(struct list *list) {
    struct list_node *node = list_last(list);
    if (node != NULL) {
        list_remove(node);
    }
    return node;
}

/* True when the ring is whole in both directions and has at most `limit` <= LIST_CHECK_MAX nodes.
 * For tests. O(limit). */
static inline bool list_check(const struct list *list, size_t limit) {
    const struct list_node *node = &list->head;
    BOUND_LOOP(check, LIST_CHECK_MAX + 1); /* and the head */
    for (size_t steps = 0; steps <= limit; steps++) {
        BOUND_TURN(check);
        if (node->next == NULL || node->next->prev != node) {
            return false;
        }
        node = node->next;
        if (node == &list->head) {
            return true;
        }
    }
    return false;
}

#endif
