/* SPDX-License-Identifier: MIT */
/*
 * Numbers that look random and come back the same from the same seed: for tests, simulations and
 * self-tests, never for secrets. SplitMix64 (Steele, Lea, Flood 2014): a Weyl sequence through a
 * mixing function, so any seed is as good as another, 0 included. All O(1), any context.
 */
#ifndef LIB_RANDOM_H
#define LIB_RANDOM_H

#include "lib/compiler.h"

struct random {
    uint64_t state;
};

static inline void random_init(struct random *random, uint64_t seed) {
    random->state = seed;
}

/* 64 even bits. */
static inline uint64_t random_next(struct random *random) {
    random->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = random->state;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

/* 0 <= result < limit. limit > 0. The bias is below limit / 2^64. */
static inline uint64_t random_below(struct random *random, uint64_t limit) {
    return (uint64_t)(((unsigned __int128)random_next(random) * limit) >> 64);
}

/* first <= result <= last. first <= last, and not the whole of 64 bits. */
static inline uint64_t random_between(struct random *random, uint64_t first, uint64_t last) {
    return first + random_below(random, last - first + 1);
}

/* True once in `n` on average. n > 0. */
static inline bool random_one_in(struct random *random, uint64_t n) {
    return random_below(random, n) == 0;
}

#endif
