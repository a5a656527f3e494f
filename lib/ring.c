/* SPDX-License-Identifier: MIT */
/* The ring deque. */
#include "lib/ring.h"

#include "lib/assert.h"
#include "lib/bound.h"
#include "lib/string.h"

#define CAPACITY_FIRST 8

void ring_init(struct ring *ring, struct allocator *allocator, size_t element_size) {
    check(element_size != 0 && element_size <= STRING_BLOCK_MAX);
    *ring = (struct ring){.allocator = allocator, .element_size = element_size};
}

void ring_destroy(struct ring *ring) {
    allocator_free(ring->allocator, ring->data);
    ring_init(ring, ring->allocator, ring->element_size);
}

/* memcpy() for any size that a ring has. */
static void copy(unsigned char *to, const unsigned char *from, size_t size) {
    /* No more than half of it: it has just grown to twice its size. */
    BOUND_LOOP(copy, CONTAINER_BYTES_MAX / 2 / STRING_BLOCK_MAX);
    while (size != 0) {
        BOUND_TURN(copy);
        size_t part = size < STRING_BLOCK_MAX ? size : STRING_BLOCK_MAX;
        memcpy(to, from, part);
        to += part;
        from += part;
        size -= part;
    }
}

/* Grows to `capacity`, a power of two and at least twice the old one: what had wrapped round to the
 * beginning goes where the ring goes on now. */
static status_t grow(struct ring *ring, size_t capacity) {
    size_t bytes;
    if (__builtin_mul_overflow(capacity, ring->element_size, &bytes) ||
        bytes > CONTAINER_BYTES_MAX) {
        return STATUS_NO_MEMORY;
    }
    unsigned char *data =
        BOUND_CALLED(allocator_resize, ring->allocator->resize)(ring->allocator, ring->data, bytes);
    if (data == NULL) {
        return STATUS_NO_MEMORY;
    }
    if (ring->front + ring->count > ring->capacity) {
        size_t wrapped = ring->front + ring->count - ring->capacity;
        copy(data + ring->capacity * ring->element_size, data, wrapped * ring->element_size);
    }
    ring->data = data;
    ring->capacity = capacity;
    return STATUS_OK;
}

status_t ring_reserve(struct ring *ring, size_t count) {
    size_t capacity = ring->capacity == 0 ? CAPACITY_FIRST : ring->capacity;
    if (count > CONTAINER_BYTES_MAX) { /* an element is a byte or more */
        return STATUS_NO_MEMORY;
    }
    BOUND_LOOP(double, 17); /* from CAPACITY_FIRST to CONTAINER_BYTES_MAX */
    while (capacity < count) {
        BOUND_TURN(double);
        capacity *= 2;
    }
    return capacity == ring->capacity ? STATUS_OK : grow(ring, capacity);
}

status_t ring_push_back(struct ring *ring, const void *element) {
    status_t status = ring_reserve(ring, ring->count + 1);
    if (status == STATUS_OK) {
        ring->count++;
        memcpy(ring_at(ring, ring->count - 1), element, ring->element_size);
    }
    return status;
}

status_t ring_push_front(struct ring *ring, const void *element) {
    status_t status = ring_reserve(ring, ring->count + 1);
    if (status == STATUS_OK) {
        ring->front = (ring->front - 1) & (ring->capacity - 1);
        ring->count++;
        memcpy(ring_at(ring, 0), element, ring->element_size);
    }
    return status;
}

status_t ring_pop_back(struct ring *ring, void *element) {
    if (ring->count == 0) {
        return STATUS_EMPTY;
    }
    ring->count--;
    if (element != NULL) {
        memcpy(element, ring_at(ring, ring->count), ring->element_size);
    }
    return STATUS_OK;
}

status_t ring_pop_front(struct ring *ring, void *element) {
    if (ring->count == 0) {
        return STATUS_EMPTY;
    }
    if (element != NULL) {
        memcpy(element, ring_at(ring, 0), ring->element_size);
    }
    ring->front = (ring->front + 1) & (ring->capacity - 1);
    ring->count--;
    return STATUS_OK;
}
