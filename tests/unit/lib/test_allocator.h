/* SPDX-License-Identifier: MIT */
/* The C library behind lib/allocator.h, with a budget of calls after which there is no memory. */
#ifndef TESTS_UNIT_LIB_TEST_ALLOCATOR_H
#define TESTS_UNIT_LIB_TEST_ALLOCATOR_H

#include <stdlib.h>

#include "lib/allocator.h"

struct test_allocator {
    struct allocator allocator;
    long budget; /* calls that still succeed */
    long blocks; /* held now */
};

static inline void *test_allocator_resize(struct allocator *self, void *block, size_t size) {
    struct test_allocator *test = CONTAINER_OF(self, struct test_allocator, allocator);
    if (size == 0) {
        test->blocks -= block != NULL;
        free(block);
        return NULL;
    }
    if (test->budget <= 0 || size > (size_t)1 << 30) {
        return NULL;
    }
    test->budget--;
    test->blocks += block == NULL;
    return realloc(block, size);
}

static inline void test_allocator_init(struct test_allocator *test, long budget) {
    *test = (struct test_allocator){{test_allocator_resize}, budget, 0};
}

#endif
