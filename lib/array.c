/* SPDX-License-Identifier: MIT */
/* The growable array. */
#include "lib/array.h"

#include "lib/assert.h"
#include "lib/bound.h"
#include "lib/string.h"

#define CAPACITY_FIRST 8

void array_init(struct array *array, struct allocator *allocator, size_t element_size) {
    check(element_size != 0 && element_size <= STRING_BLOCK_MAX);
    *array = (struct array){.allocator = allocator, .element_size = element_size};
}

void array_destroy(struct array *array) {
    allocator_free(array->allocator, array->data);
    array_init(array, array->allocator, array->element_size);
}

status_t array_reserve(struct array *array, size_t count) {
    if (count <= array->capacity) {
        return STATUS_OK;
    }
    size_t bytes;
    if (__builtin_mul_overflow(count, array->element_size, &bytes) || bytes > CONTAINER_BYTES_MAX) {
        return STATUS_NO_MEMORY;
    }
    void *data = BOUND_CALLED(allocator_resize, array->allocator->resize)(array->allocator,
                                                                          array->data, bytes);
    if (data == NULL) {
        return STATUS_NO_MEMORY;
    }
    array->data = data;
    array->capacity = count;
    return STATUS_OK;
}

static status_t make_room_for_one(struct array *array) {
    if (array->count < array->capacity) {
        return STATUS_OK;
    }
    /* Does not overflow: capacity elements, of a byte at least, are in memory. */
    return array_reserve(array, array->capacity == 0 ? CAPACITY_FIRST : array->capacity * 2);
}

status_t array_push(struct array *array, const void *element) {
    return array_insert(array, array->count, element);
}

status_t array_pop(struct array *array, void *element) {
    if (array->count == 0) {
        return STATUS_EMPTY;
    }
    array->count--;
    if (element != NULL) {
        memcpy(element, array_at(array, array->count), array->element_size);
    }
    return STATUS_OK;
}

/* Moves `size` bytes from `place` on up by one element, the last first. */
static void move_up(const struct array *array, unsigned char *place, size_t size) {
    BOUND_LOOP(up, CONTAINER_BYTES_MAX / STRING_BLOCK_MAX);
    while (size != 0) {
        BOUND_TURN(up);
        size_t part = size < STRING_BLOCK_MAX ? size : STRING_BLOCK_MAX;
        size -= part;
        memmove(place + array->element_size + size, place + size, part);
    }
}

/* Moves the `size` bytes behind the element at `place` down onto it. */
static void move_down(const struct array *array, unsigned char *place, size_t size) {
    BOUND_LOOP(down, CONTAINER_BYTES_MAX / STRING_BLOCK_MAX);
    while (size != 0) {
        BOUND_TURN(down);
        size_t part = size < STRING_BLOCK_MAX ? size : STRING_BLOCK_MAX;
        memmove(place, place + array->element_size, part);
        place += part;
        size -= part;
    }
}

status_t array_insert(struct array *array, size_t index, const void *element) {
    if (index > array->count) {
        return STATUS_OUT_OF_RANGE;
    }
    status_t status = make_room_for_one(array);
    if (status != STATUS_OK) {
        return status;
    }
    unsigned char *place = array_at(array, index);
    move_up(array, place, (array->count - index) * array->element_size);
    memcpy(place, element, array->element_size);
    array->count++;
    return STATUS_OK;
}

status_t array_remove(struct array *array, size_t index) {
    if (index >= array->count) {
        return STATUS_OUT_OF_RANGE;
    }
    array->count--;
    unsigned char *place = array_at(array, index);
    move_down(array, place, (array->count - index) * array->element_size);
    return STATUS_OK;
}
