/* SPDX-License-Identifier: MIT */
/* The rules of turnstiles: who stands where, what is lent, and what priorities that makes. All but
 * the thread that a run along a chain looks at next is up to date. */
#include "kernel/sched/thread_internal.h"
#include "kernel/sched/turnstile.h"
#include "tests/invariants/invariants.h"

#define CHAIN_MAX CONFIG_INHERITANCE_CHAIN_MAX

static unsigned top(uint64_t levels) {
    return levels != 0 ? bits_highest(levels) + 1 : 0;
}

static bool counts_agree(uint64_t levels, const uint16_t *counts, unsigned size) {
    for (unsigned i = 0; i < size; i++) {
        if ((counts[i] != 0) != ((levels >> i) & 1)) {
            return false;
        }
    }
    return true;
}

/* Every waiter says that it stands here, at its priority; they are counted by their heights. */
static bool waiters_agree(const struct turnstile *turnstile) {
    uint16_t seen[CHAIN_MAX + 1] = {0};
    if (!prio_queue_check(&turnstile->waiters, CONFIG_THREAD_SLOTS)) {
        return false;
    }
    for (uint64_t levels = turnstile->waiters.levels; levels != 0; levels &= levels - 1) {
        unsigned level = bits_lowest(levels);
        const struct prio_node *head = prio_queue_head(&turnstile->waiters, level);
        const struct prio_node *node = head;
        do {
            const struct thread *thread = CONST_CONTAINER(node, struct thread, turn);
            if (thread->turnstile != turnstile || thread->priority != level ||
                thread->rank.height > CHAIN_MAX) {
                return false;
            }
            seen[thread->rank.height]++;
            node = node->next;
        } while (node != head);
    }
    return __builtin_memcmp(seen, turnstile->height_count, sizeof(seen)) == 0 &&
           counts_agree(turnstile->heights, turnstile->height_count, CHAIN_MAX + 1);
}

static bool stands_in_queue(const struct thread *thread) {
    const struct prio_queue *queue = &thread->turnstile->waiters;
    if (prio_queue_level_is_empty(queue, thread->priority)) {
        return false;
    }
    const struct prio_node *node = prio_queue_head(queue, thread->priority);
    for (unsigned i = 0; i < CONFIG_THREAD_SLOTS; i++, node = node->next) {
        if (node == &thread->turn) {
            return true;
        }
    }
    return false;
}

static const char *check_waiter(const struct thread *thread) {
    const struct turnstile *turnstile = thread->turnstile;
    if (turnstile == NULL) {
        return NULL;
    }
    if (!waiters_agree(turnstile) || !stands_in_queue(thread)) {
        return "a turnstile's queue and who stands in it disagree";
    }
    unsigned depth = 0;
    for (; turnstile != NULL && turnstile->owner != NULL; turnstile = turnstile->owner->turnstile) {
        if (!turnstile->lends) {
            return "a turnstile lends not what its owner counts";
        }
        if (++depth > CHAIN_MAX) {
            return "a chain of owners is too long";
        }
    }
    return NULL;
}

/* What the turnstile lends is what its owner counts. */
static bool loan_agrees(const struct turnstile *turnstile, const struct thread *owner) {
    unsigned level = top(turnstile->waiters.levels);
    level = level != 0 ? level - 1 : 0;
    level = level > turnstile->ceiling ? level : turnstile->ceiling;
    return turnstile->owner == owner && turnstile->lends && turnstile->level == level &&
           turnstile->height == top(turnstile->heights) &&
           (turnstile->has_ceiling || turnstile->waiters.levels != 0);
}

struct tally {
    uint16_t levels[PRIO_QUEUE_LEVELS];
    uint16_t heights[CHAIN_MAX];
};

static bool tally_agrees(const struct thread *thread, const struct tally *tally) {
    return __builtin_memcmp(tally->levels, thread->lent_level_count, sizeof(tally->levels)) == 0 &&
           __builtin_memcmp(tally->heights, thread->lent_height_count, sizeof(tally->heights)) == 0;
}

/* Whether all counts are 0. This is asked of each thread at every position of a sweep: so 16 at a
 * time. */
static inline bool counts_nothing(const uint16_t *counts, unsigned count) {
    uint64_t any = 0;
    unsigned i = 0;
    for (; i + 16 <= count; i += 16) {
        uint64_t four[4];
        __builtin_memcpy(four, &counts[i], sizeof(four));
        any |= four[0] | four[1] | four[2] | four[3];
    }
    for (; i < count; i++) {
        any |= counts[i];
    }
    return any == 0;
}

static bool is_lent_nothing(const struct thread *thread) {
    return (thread->lent_levels | thread->lent_heights) == 0 &&
           counts_nothing(thread->lent_level_count, PRIO_QUEUE_LEVELS) &&
           counts_nothing(thread->lent_height_count, CHAIN_MAX);
}

static const char *check_loans(const struct thread *thread) {
    if (list_is_empty(&thread->turnstiles)) { /* nearly always */
        return is_lent_nothing(thread) ? NULL : "a thread counts loans it has not";
    }
    if (!list_check(&thread->turnstiles, LIST_CHECK_MAX)) {
        return "the list of a thread's loans is broken";
    }
    struct tally tally = {0};
    list_for_each (node, &thread->turnstiles) {
        const struct turnstile *turnstile = CONST_CONTAINER(node, struct turnstile, link);
        if (!loan_agrees(turnstile, thread)) {
            return "a turnstile lends not what its owner counts";
        }
        tally.levels[turnstile->level]++;
        if (turnstile->height != 0) {
            tally.heights[turnstile->height - 1]++;
        }
    }
    bool agree = tally_agrees(thread, &tally) &&
                 counts_agree(thread->lent_levels, tally.levels, PRIO_QUEUE_LEVELS) &&
                 counts_agree(thread->lent_heights, tally.heights, CHAIN_MAX);
    return agree ? NULL : "a thread counts loans it has not";
}

const char *invariants_turnstile_broken_irq(const struct thread *thread,
                                            const struct thread *settling) {
    const char *broken = check_loans(thread);
    if (broken == NULL) {
        broken = check_waiter(thread);
    }
    if (broken != NULL) {
        return broken;
    }
    if (thread->state == THREAD_FREE || thread->state == THREAD_ENDED) {
        bool clear = thread->turnstile == NULL && list_is_empty(&thread->turnstiles);
        return clear ? NULL : "a thread that has ended stands in a turnstile or is lent something";
    }
    if (thread != settling && (thread->priority != turnstile_priority(thread) ||
                               thread->rank.height != top(thread->lent_heights))) {
        return "a priority is not what base and loans make";
    }
    return NULL;
}
