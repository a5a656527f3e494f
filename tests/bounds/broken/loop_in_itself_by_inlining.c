/* SPDX-License-Identifier: MIT */
/*
 * A loop in a function that takes what to do, inlined into itself: one name for two loops, one in
 * the other, so that the markers of the inner one say nothing of the outer.
 */
/* expect: loop */
#include "tests/bounds/case.h"

struct list {
    const uint64_t *words;
    unsigned count;
};

static volatile uint64_t found;

static ALWAYS_INLINE void each(struct list list, uint64_t with,
                               void (*act)(uint64_t word, uint64_t with)) {
    BOUND_LOOP(each, 5);
    for (unsigned i = 0; i < list.count; i++) {
        BOUND_TURN(each);
        act(list.words[i], with);
    }
}

static ALWAYS_INLINE void act_inner(uint64_t word, uint64_t with) {
    found += word * with;
}

static const uint64_t inner_words[5] = {1, 2, 3, 4, 5};
static volatile unsigned inner_count = 5;

static ALWAYS_INLINE void act_outer(uint64_t word, uint64_t with) {
    struct list inner = {inner_words, inner_count};
    (void)with;
    if (word != 0) {
        each(inner, word, act_inner);
    }
}

static NOINLINE void each_of_each(const uint64_t *words, unsigned count) {
    struct list outer = {words, count};
    each(outer, 0, act_outer);
}

uint64_t broken(uint64_t argument) {
    each_of_each((const uint64_t *)argument, (unsigned)(argument & 7));
    return found;
}
