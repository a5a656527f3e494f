/* SPDX-License-Identifier: MIT */
/*
 * Who is due: moments, each at one of 64 levels, of which a caller asks for the earliest at its own
 * level or above. What stands below changes neither the answer nor, to the instruction, what it
 * costs; nor what it costs to add or remove at this level.
 *
 * Every level keeps its earliest, and a tournament among all others of the level: a complete binary
 * tree over the ids, where each node names whoever of its two children comes first. Whoever comes or
 * goes plays the log2(ids) matches on its way to the root, always all of them. Above the levels
 * stands one tournament more, over the earliest of each.
 *
 *   earliest of levels     [1]                 rest of a level      [1]        <- the second of all
 *                       [2]   [3]                                [2]   [3]
 *                     [4] [5] [6] [7]                          [4] [5] [6] [7]
 *     levels:          0   1   2 ...         ids:               0   1   2   3
 *
 * Among equal moments the one that was set first comes first. Moments are kept here, by id; the
 * caller hands out ids and remembers the level of each. The caller serialises.
 */
#ifndef LIB_TIMER_QUEUE_H
#define LIB_TIMER_QUEUE_H

#include "config.h"
#include "lib/bits.h"
#include "lib/compiler.h"

#define TIMER_QUEUE_LEVELS 64

/* Ids are 1..TIMER_QUEUE_IDS: one for each thread, for each server, and for the deadlines of each
 * thread that has some; and one more. 0 is nobody. */
#define TIMER_QUEUE_IDS  (CONFIG_THREAD_SLOTS + CONFIG_SERVERS + CONFIG_PERIODIC_THREADS + 1)
#define TIMER_QUEUE_NONE 0

/* The steps of a level's tournament, and how many ids have a place in it. */
#define TIMER_QUEUE_STEPS  (64 - __builtin_clzll(TIMER_QUEUE_IDS))
#define TIMER_QUEUE_PLACES (1u << TIMER_QUEUE_STEPS)

#define TIMER_QUEUE_NEVER UINT64_MAX

/* The leaf of level 0. */
#define TIMER_QUEUE_LEAF (2 * TIMER_QUEUE_LEVELS)

struct timer_queue {
    /* The leaf of level n is 2 * LEVELS + n. What stands to the right of a node is above it; behind
     * the last level that is never, which half of this array says. */
    uint64_t earliest[4 * TIMER_QUEUE_LEVELS];
    uint64_t moment[TIMER_QUEUE_IDS + 1]; /* of nobody: never */
    uint64_t
        order[TIMER_QUEUE_IDS + 1]; /* who came earlier has a smaller one; nobody the greatest */
    uint64_t levels;                /* bit n: level n has moments */
    uint64_t arrivals;              /* so many were added, ever */
    uint16_t first[TIMER_QUEUE_LEVELS];
    uint16_t rest[TIMER_QUEUE_LEVELS][2 * TIMER_QUEUE_PLACES];
};

/* Makes an empty queue of storage that is all zeroes. O(levels). */
void timer_queue_init(struct timer_queue *queue);

/* Adds `id`, which is not in the queue: `when` is below NEVER. log2(ids) + 5 steps at most: those of
 * the levels if it is its level's first now, and of the level unless it is alone. */
void timer_queue_insert(struct timer_queue *queue, unsigned id, unsigned level, uint64_t when);

/* Takes `id` out of `level`, where it is. As many steps. */
void timer_queue_remove(struct timer_queue *queue, unsigned id, unsigned level);

/* Takes `id` from one level to another, with its moment and its place among equals. */
void timer_queue_move(struct timer_queue *queue, unsigned id, unsigned from, unsigned to);

/* The moment of `id`. O(1). */
static inline uint64_t timer_queue_moment(const struct timer_queue *queue, unsigned id) {
    return queue->moment[id];
}

/* The earliest of a level, or nobody; and its moment, or NEVER. O(1). */
static inline unsigned timer_queue_first(const struct timer_queue *queue, unsigned level) {
    return queue->first[level];
}

static inline uint64_t timer_queue_first_moment(const struct timer_queue *queue, unsigned level) {
    return queue->earliest[2 * TIMER_QUEUE_LEVELS + level];
}

/* Whoever stands right of a node on the way to the root has levels above, and only such. */
static ALWAYS_INLINE size_t timer_queue_right_step(const struct timer_queue *queue, size_t node,
                                                   uint64_t *when) {
    uint64_t right = queue->earliest[node + 1];
    *when = right < *when ? right : *when;
    return node / 2;
}

/* The earliest moment at `level` and above, or NEVER: six steps, always. */
static ALWAYS_INLINE uint64_t timer_queue_earliest(const struct timer_queue *queue,
                                                   unsigned level) {
    size_t node = TIMER_QUEUE_LEAF + level;
    uint64_t when = queue->earliest[node];
    node = timer_queue_right_step(queue, node, &when);
    node = timer_queue_right_step(queue, node, &when);
    node = timer_queue_right_step(queue, node, &when);
    node = timer_queue_right_step(queue, node, &when);
    node = timer_queue_right_step(queue, node, &when);
    timer_queue_right_step(queue, node, &when);
    return when;
}

/* The same as timer_queue_due_level(), where several levels have moments. Six steps, always. */
unsigned timer_queue_due_level_of_several(const struct timer_queue *queue, uint64_t now);

/* The highest level whose earliest moment is not after `now`, or any if there is none. At most six
 * steps. */
static inline unsigned timer_queue_due_level(const struct timer_queue *queue, uint64_t now) {
    uint64_t levels = queue->levels;
    if (UNLIKELY((levels & (levels - 1)) != 0)) {
        return timer_queue_due_level_of_several(queue, now);
    }
    return bits_highest(levels | 1);
}

/* How many there are if all is in order: every winner comes before who lost to it, and ids, levels
 * and moments agree; -1 if not. For tests. O(levels * ids). */
int timer_queue_check(const struct timer_queue *queue);

#endif
