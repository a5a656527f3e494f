/* SPDX-License-Identifier: MIT */
/*
 * Where a growing container gets its memory from: one function, so that the kernel's heap, a test's
 * budget and the C library on the host all fit behind it. The container keeps a pointer, the caller
 * the allocator.
 */
#ifndef LIB_ALLOCATOR_H
#define LIB_ALLOCATOR_H

#include "lib/compiler.h"

struct allocator {
    /* Makes `block` `size` bytes long, moving it and what it holds if it must; NULL when there is
     * no memory, and then `block` stays as it was. A `block` of NULL is a new one; a `size` of 0
     * frees and answers NULL. Aligned to 16. Context and bound are the allocator's. */
    void *(*resize)(struct allocator *self, void *block, size_t size);
};

static inline void *allocator_alloc(struct allocator *allocator, size_t size) {
    return allocator->resize(allocator, NULL, size);
}

/* `block` may be NULL. */
static inline void allocator_free(struct allocator *allocator, void *block) {
    if (block != NULL) {
        (void)allocator->resize(allocator, block, 0);
    }
}

#endif
