/* SPDX-License-Identifier: MIT */
/*
 * Sets of small numbers, one bit each, in words of the caller. Bit n is bit n % 64 of
 * word n / 64. Single bits are O(1); ranges go by words, O((to - from) / 64), and are of
 * BITMAP_RANGE_MAX bits at most. Any context; the caller serialises.
 */
#ifndef LIB_BITMAP_H
#define LIB_BITMAP_H

#include "lib/bits.h"
#include "lib/bound.h"
#include "lib/compiler.h"

#define BITMAP_RANGE_MAX 4096

/* Words that a range of that length has bits of: its first may be the last of a word. */
#define BITMAP_RANGE_WORDS (BITMAP_RANGE_MAX / 64 + 1)

/* The words that `bits` bits need: uint64_t used[BITMAP_WORDS(1000)]; */
#define BITMAP_WORDS(bits) (((bits) + 63) / 64)

static inline bool bitmap_test(const uint64_t *words, size_t bit) {
    return (words[bit / 64] >> (bit % 64) & 1) != 0;
}

static inline void bitmap_set(uint64_t *words, size_t bit) {
    words[bit / 64] |= BIT(bit % 64);
}

static inline void bitmap_clear(uint64_t *words, size_t bit) {
    words[bit / 64] &= ~BIT(bit % 64);
}

/* The bits of word `word` that lie in [from, to). from < to, and the word has some of them. */
static inline uint64_t bitmap_mask(size_t word, size_t from, size_t to) {
    uint64_t mask = UINT64_MAX;
    if (word == from / 64) {
        mask <<= from % 64;
    }
    if (word == (to - 1) / 64) {
        mask &= UINT64_MAX >> (63 - (to - 1) % 64);
    }
    return mask;
}

/* Sets all of [from, to). */
static inline void bitmap_set_range(uint64_t *words, size_t from, size_t to) {
    if (from < to) {
        BOUND_LOOP(set_range, BITMAP_RANGE_WORDS);
        for (size_t word = from / 64; word <= (to - 1) / 64; word++) {
            BOUND_TURN(set_range);
            words[word] |= bitmap_mask(word, from, to);
        }
    }
}

/* Clears all of [from, to). */
static inline void bitmap_clear_range(uint64_t *words, size_t from, size_t to) {
    if (from < to) {
        BOUND_LOOP(clear_range, BITMAP_RANGE_WORDS);
        for (size_t word = from / 64; word <= (to - 1) / 64; word++) {
            BOUND_TURN(clear_range);
            words[word] &= ~bitmap_mask(word, from, to);
        }
    }
}

/* The first bit of [from, to) that differs from those of `skip`, which is all zeroes or all ones;
 * else `to`. */
static inline size_t bitmap_find(const uint64_t *words, size_t from, size_t to, uint64_t skip) {
    if (from < to) {
        BOUND_LOOP(find, BITMAP_RANGE_WORDS);
        for (size_t word = from / 64; word <= (to - 1) / 64; word++) {
            BOUND_TURN(find);
            uint64_t found = (words[word] ^ skip) & bitmap_mask(word, from, to);
            if (found != 0) {
                return word * 64 + bits_lowest(found);
            }
        }
    }
    return to;
}

/* The first set bit of [from, to), or `to`. */
static inline size_t bitmap_find_set(const uint64_t *words, size_t from, size_t to) {
    return bitmap_find(words, from, to, 0);
}

/* The first clear bit of [from, to), or `to`. */
static inline size_t bitmap_find_clear(const uint64_t *words, size_t from, size_t to) {
    return bitmap_find(words, from, to, UINT64_MAX);
}

#endif
