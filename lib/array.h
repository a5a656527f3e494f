/* SPDX-License-Identifier: MIT */
/*
 * Growable array of elements of one size, in memory of an allocator. It doubles, so appending costs
 * O(1) on average; a single append may cost a copy of everything: not for paths with a bound,
 * unless the room was reserved before. What fails for lack of memory changes nothing. Addresses of
 * elements hold until it grows.
 */
#ifndef LIB_ARRAY_H
#define LIB_ARRAY_H

#include "lib/allocator.h"
#include "lib/status.h"

struct array {
    struct allocator *allocator;
    unsigned char *data; /* NULL while capacity is 0 */
    size_t element_size; /* bytes */
    size_t count;        /* elements */
    size_t capacity;     /* elements that fit without growing */
};

/* Makes an empty array; takes no memory yet. 0 < element_size <= STRING_BLOCK_MAX. O(1). */
void array_init(struct array *array, struct allocator *allocator, size_t element_size);

/* Gives the memory back; the array is empty then and can be used again. One free. */
void array_destroy(struct array *array);

/* Element `index` < count. O(1), any context. */
static inline void *array_at(const struct array *array, size_t index) {
    return array->data + index * array->element_size;
}

/* Makes room for `count` elements in all, so that none up to that can fail. NO_MEMORY, also for
 * more than CONTAINER_BYTES_MAX. O(count). */
MUST_USE status_t array_reserve(struct array *array, size_t count);

/* Copies *element behind the last. NO_MEMORY. O(1), O(count) when it grows. */
MUST_USE status_t array_push(struct array *array, const void *element);

/* Takes the last element out and copies it to *element, unless that is NULL. EMPTY. O(1). */
status_t array_pop(struct array *array, void *element);

/* Copies *element to `index` <= count; the ones from there on move up.
 * NO_MEMORY, OUT_OF_RANGE. O(count). */
MUST_USE status_t array_insert(struct array *array, size_t index, const void *element);

/* Takes element `index` out; the ones behind it move down. OUT_OF_RANGE. O(count). */
MUST_USE status_t array_remove(struct array *array, size_t index);

#endif
