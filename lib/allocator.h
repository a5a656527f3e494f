/* SPDX-License-Identifier: MIT */
/*
 * Where a growing container gets its memory from: one function, so that the kernel's heap, a test's
 * budget and the C library on the host all fit behind it. The container keeps a pointer, the caller
 * the allocator.
 */
#ifndef LIB_ALLOCATOR_H
#define LIB_ALLOCATOR_H

#include "lib/bound.h"
#include "lib/compiler.h"

/* Bytes that a container holds at most; its growth beyond fails as for lack of memory. Reason: some
 * of its operations move all of them, and that must have an end that can be told. */
#define CONTAINER_BYTES_MAX (1u << 20)

struct allocator {
    /* Makes `block` `size` bytes long, moving it and what it holds if it must; NULL when there is
     * no memory, and then `block` stays as it was. A `block` of NULL is a new one; a `size` of 0
     * frees and answers NULL. Aligned to 16. Context and bound are the allocator's. For the
     * analysis the function is a BOUND_CALLEE(allocator_resize, ...). */
    void *(*resize)(struct allocator *self, void *block, size_t size);
};

static inline void *allocator_alloc(struct allocator *allocator, size_t size) {
    return BOUND_CALLED(allocator_resize, allocator->resize)(allocator, NULL, size);
}

/* `block` may be NULL. */
static inline void allocator_free(struct allocator *allocator, void *block) {
    if (block != NULL) {
        (void)BOUND_CALLED(allocator_resize, allocator->resize)(allocator, block, 0);
    }
}

#endif
