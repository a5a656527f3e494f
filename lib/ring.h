/* SPDX-License-Identifier: MIT */
/*
 * Growable ring deque of elements of one size, in memory of an allocator: takes and gives at both
 * ends and looks anywhere. The capacity is a power of two, so a place in the ring is one mask away.
 * It doubles when full, which moves what it holds: not for paths with a bound, unless the room was
 * reserved before. What fails for lack of memory changes nothing.
 *
 *     data:  | 5 6 . . . . 1 2 3 4 |     front = 6, count = 6
 */
#ifndef LIB_RING_H
#define LIB_RING_H

#include "lib/allocator.h"
#include "lib/status.h"

struct ring {
    struct allocator *allocator;
    unsigned char *data; /* NULL while capacity is 0 */
    size_t element_size; /* bytes */
    size_t front;        /* where the first element is, < capacity */
    size_t count;        /* elements */
    size_t capacity;     /* 0 or a power of two */
};

/* Makes an empty ring; takes no memory yet. element_size > 0. O(1). */
void ring_init(struct ring *ring, struct allocator *allocator, size_t element_size);

/* Gives the memory back; the ring is empty then and can be used again. One free. */
void ring_destroy(struct ring *ring);

/* The element `index` places behind the first. index < count. O(1), any context. */
static inline void *ring_at(const struct ring *ring, size_t index) {
    return ring->data + ((ring->front + index) & (ring->capacity - 1)) * ring->element_size;
}

/* Makes room for `count` elements in all, so that none up to that can fail. NO_MEMORY. O(count). */
MUST_USE status_t ring_reserve(struct ring *ring, size_t count);

/* Copies *element to the end or the front. NO_MEMORY. O(1), O(count) when it grows. */
MUST_USE status_t ring_push_back(struct ring *ring, const void *element);
MUST_USE status_t ring_push_front(struct ring *ring, const void *element);

/* Takes the last or first element out and copies it to *element, unless that is NULL.
 * EMPTY. O(1). */
status_t ring_pop_back(struct ring *ring, void *element);
status_t ring_pop_front(struct ring *ring, void *element);

#endif
