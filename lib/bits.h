/* SPDX-License-Identifier: MIT */
/* Single bits and powers of two. All O(1), any context. */
#ifndef LIB_BITS_H
#define LIB_BITS_H

#include "lib/compiler.h"

#define BIT(n) (UINT64_C(1) << (n))

/* Index of the highest set bit. value != 0. */
static inline unsigned bits_highest(uint64_t value) {
    return 63u - (unsigned)__builtin_clzll(value);
}

/* Index of the lowest set bit. value != 0. */
static inline unsigned bits_lowest(uint64_t value) {
    return (unsigned)__builtin_ctzll(value);
}

static inline bool is_power_of_two(uint64_t value) {
    return value != 0 && (value & (value - 1)) == 0;
}

/* alignment: a power of two. */
static inline uint64_t align_down(uint64_t value, uint64_t alignment) {
    return value & ~(alignment - 1);
}

/* alignment: a power of two; value <= UINT64_MAX - alignment + 1, or the result wraps. */
static inline uint64_t align_up(uint64_t value, uint64_t alignment) {
    return (value + alignment - 1) & ~(alignment - 1);
}

#endif
