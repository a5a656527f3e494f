/* SPDX-License-Identifier: MIT */
/* The tournaments. A node is a number: its children are twice it and one more, its sibling is one
 * bit away. */
#include "lib/timer_queue.h"

#include "lib/bound.h"

#define ROOT 1

#define NEVER TIMER_QUEUE_NEVER

_Static_assert(TIMER_QUEUE_PLACES <= UINT16_MAX + 1u, "ids are 16 bits");
_Static_assert(TIMER_QUEUE_PLACES > TIMER_QUEUE_IDS, "each id has a place, and nobody has one");

void timer_queue_init(struct timer_queue *queue) {
    BOUND_LOOP(nodes, ARRAY_SIZE(queue->earliest));
    for (size_t i = 0; i < ARRAY_SIZE(queue->earliest); i++) {
        BOUND_TURN(nodes);
        queue->earliest[i] = NEVER;
    }
    queue->moment[TIMER_QUEUE_NONE] = NEVER;
    queue->order[TIMER_QUEUE_NONE] = 0;
}

/* --- Between the levels ----------------------------------------------------------------------- */

static ALWAYS_INLINE uint64_t earlier(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* One step up: without a branch, so that it costs the same whoever wins. */
static ALWAYS_INLINE size_t earliest_step(struct timer_queue *queue, size_t node, uint64_t *when) {
    *when = earlier(*when, queue->earliest[node ^ 1]);
    node /= 2;
    queue->earliest[node] = *when;
    return node;
}

/* The two nodes below the root are the last that anybody looks at: of 64 levels, five steps. */
static ALWAYS_INLINE void set_earliest(struct timer_queue *queue, unsigned level, uint64_t when) {
    size_t node = TIMER_QUEUE_LEAF + level;
    queue->earliest[node] = when;
    node = earliest_step(queue, node, &when);
    node = earliest_step(queue, node, &when);
    node = earliest_step(queue, node, &when);
    node = earliest_step(queue, node, &when);
    earliest_step(queue, node, &when);
}

/* Down to the upper half, if that has somebody who is due. */
static ALWAYS_INLINE size_t due_step(const struct timer_queue *queue, size_t node, uint64_t now) {
    return 2 * node + (queue->earliest[2 * node + 1] <= now);
}

unsigned timer_queue_due_level_of_several(const struct timer_queue *queue, uint64_t now) {
    size_t node = due_step(queue, 2, now); /* the left half of the array is that of the levels */
    node = due_step(queue, node, now);
    node = due_step(queue, node, now);
    node = due_step(queue, node, now);
    node = due_step(queue, node, now);
    node = due_step(queue, node, now);
    return (unsigned)(node - TIMER_QUEUE_LEAF);
}

/* --- Within a level --------------------------------------------------------------------------- */

/* One player, at hand. */
struct player {
    unsigned id;
    uint64_t moment;
    uint64_t order;
};

static ALWAYS_INLINE struct player player_of(const struct timer_queue *queue, unsigned id) {
    return (struct player){id, queue->moment[id], queue->order[id]};
}

/* Without a branch, so that it costs the same whoever wins; and without a wrap: the only moment that
 * is the greatest is nobody's, whose order is the smallest. */
static ALWAYS_INLINE bool comes_before(struct player a, struct player b) {
    return a.moment < b.moment + (a.order < b.order);
}

/* Does something for each step of a tournament: a loop would count them. */
#define EACH_STEP(DO)                                                                              \
    DO(0)                                                                                          \
    DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11) DO(12) DO(13) DO(14) DO(15)
_Static_assert(TIMER_QUEUE_STEPS <= 16, "as many as EACH_STEP has");

/* One match on the way up: who has won it until now stays, or gives way to the newcomer. */
static ALWAYS_INLINE size_t enter_step(const struct timer_queue *queue, uint16_t *rest, size_t node,
                                       struct player newcomer) {
    node /= 2;
    struct player winner = player_of(queue, rest[node]);
    rest[node] = (uint16_t)(comes_before(newcomer, winner) ? newcomer.id : winner.id);
    return node;
}

static ALWAYS_INLINE void rest_enter(struct timer_queue *queue, unsigned level, unsigned id) {
    uint16_t *rest = queue->rest[level];
    struct player newcomer = player_of(queue, id);
    size_t node = TIMER_QUEUE_PLACES + id;
    rest[node] = (uint16_t)id;
#define STEP(n) node = (n) < TIMER_QUEUE_STEPS ? enter_step(queue, rest, node, newcomer) : node;
    EACH_STEP(STEP)
#undef STEP
}

/* One match is played again, by `best`, who won all below it, and the sibling. */
static ALWAYS_INLINE size_t leave_step(const struct timer_queue *queue, uint16_t *rest, size_t node,
                                       struct player *best) {
    struct player sibling = player_of(queue, rest[node ^ 1]);
#if defined(__clang__)
    /* Known by now: else it would be loaded in a branch that is taken if the sibling wins. */
    __asm__("" : "+r"(sibling.id), "+r"(sibling.moment), "+r"(sibling.order));
#endif
    *best = comes_before(sibling, *best) ? sibling : *best;
    node /= 2;
    rest[node] = (uint16_t)best->id;
    return node;
}

static ALWAYS_INLINE void rest_leave(struct timer_queue *queue, unsigned level, unsigned id) {
    uint16_t *rest = queue->rest[level];
    struct player best = {TIMER_QUEUE_NONE, NEVER, 0};
    size_t node = TIMER_QUEUE_PLACES + id;
    rest[node] = TIMER_QUEUE_NONE;
#define STEP(n) node = (n) < TIMER_QUEUE_STEPS ? leave_step(queue, rest, node, &best) : node;
    EACH_STEP(STEP)
#undef STEP
}

/* `id`, whose moment and order are set, comes to `level`. */
static ALWAYS_INLINE void level_enter(struct timer_queue *queue, unsigned level, unsigned id) {
    unsigned first = queue->first[level];
    unsigned other = id;
    if (comes_before(player_of(queue, id), player_of(queue, first))) {
        queue->first[level] = (uint16_t)id;
        queue->levels |= BIT(level);
        set_earliest(queue, level, timer_queue_moment(queue, id));
        other = first;
    }
    if (other != TIMER_QUEUE_NONE) {
        rest_enter(queue, level, other);
    }
}

void timer_queue_insert(struct timer_queue *queue, unsigned id, unsigned level, uint64_t when) {
    queue->moment[id] = when;
    queue->order[id] = ++queue->arrivals;
    level_enter(queue, level, id);
}

void timer_queue_remove(struct timer_queue *queue, unsigned id, unsigned level) {
    if (queue->first[level] != id) {
        rest_leave(queue, level, id);
        return;
    }
    unsigned next = queue->rest[level][ROOT];
    queue->first[level] = (uint16_t)next;
    set_earliest(queue, level, timer_queue_moment(queue, next));
    if (next != TIMER_QUEUE_NONE) {
        rest_leave(queue, level, next);
    } else {
        queue->levels &= ~BIT(level);
    }
}

void timer_queue_move(struct timer_queue *queue, unsigned id, unsigned from, unsigned to) {
    timer_queue_remove(queue, id, from);
    level_enter(queue, to, id);
}

/* --- For tests -------------------------------------------------------------------------------- */

static bool comes_first(const struct timer_queue *queue, unsigned a, unsigned b) {
    return a == b || comes_before(player_of(queue, a), player_of(queue, b));
}

_Static_assert(TIMER_QUEUE_PLACES >= 8, "eight leaves are looked at at once");

static bool check_match(const struct timer_queue *queue, const uint16_t *rest, size_t node) {
    unsigned left = rest[2 * node];
    unsigned right = rest[2 * node + 1];
    return rest[node] == (comes_first(queue, left, right) ? left : right);
}

/* A queue is checked at each position of a sweep and is nearly empty there: so four, or eight, are
 * looked at in a few instructions, and closely only where somebody is. */
static uint64_t four_of(const uint16_t *ids) {
    uint64_t four;
    __builtin_memcpy(&four, ids, sizeof(four));
    return four;
}

/* Players among eight leaves, or -1. */
static int check_leaves(const uint16_t *rest, size_t first) {
    int players = 0;
    BOUND_LOOP(leaves, 8);
    for (size_t leaf = first; leaf < first + 8; leaf++) {
        BOUND_TURN(leaves);
        size_t id = leaf - TIMER_QUEUE_PLACES;
        if (rest[leaf] != TIMER_QUEUE_NONE && (rest[leaf] != id || id > TIMER_QUEUE_IDS)) {
            return -1;
        }
        players += rest[leaf] != TIMER_QUEUE_NONE;
    }
    return players;
}

/* Players of a level's tournament, or -1. */
static int check_rest(const struct timer_queue *queue, unsigned level) {
    const uint16_t *rest = queue->rest[level];
    int players = 0;
    bool agrees =
        check_match(queue, rest, 1) && check_match(queue, rest, 2) && check_match(queue, rest, 3);
    BOUND_LOOP(fours, TIMER_QUEUE_PLACES / 4);
    for (size_t node = 4; agrees && node < TIMER_QUEUE_PLACES; node += 4) {
        BOUND_TURN(fours);
        if ((four_of(&rest[2 * node]) | four_of(&rest[2 * node + 4]) | four_of(&rest[node])) == 0) {
            continue;
        }
        agrees = check_match(queue, rest, node) && check_match(queue, rest, node + 1) &&
                 check_match(queue, rest, node + 2) && check_match(queue, rest, node + 3);
        int found = 2 * node < TIMER_QUEUE_PLACES ? 0 : check_leaves(rest, 2 * node);
        agrees = agrees && found >= 0;
        players += found;
    }
    return agrees ? players : -1;
}

/* Moments of a level, or -1. One that is empty has been left by all, who cleared their ways. */
static int check_level(const struct timer_queue *queue, unsigned level) {
    unsigned first = queue->first[level];
    bool is_empty = (queue->levels >> level & 1) == 0;
    uint64_t expected = is_empty ? NEVER : timer_queue_moment(queue, first);
    if (is_empty != (first == TIMER_QUEUE_NONE) || first > TIMER_QUEUE_IDS ||
        timer_queue_first_moment(queue, level) != expected) {
        return -1;
    }
    unsigned second = queue->rest[level][ROOT];
    if (is_empty) {
        return second == TIMER_QUEUE_NONE ? 0 : -1;
    }
    int others = check_rest(queue, level);
    return others < 0 || !comes_first(queue, first, second) || expected == NEVER ? -1 : others + 1;
}

/* Whether nobody is in four levels, all left by those who cleared their ways. */
static bool four_are_empty(const struct timer_queue *queue, unsigned level) {
    const uint64_t *moments = &queue->earliest[TIMER_QUEUE_LEAF + level];
    const uint16_t(*rest)[2 * TIMER_QUEUE_PLACES] = &queue->rest[level];
    unsigned seconds = rest[0][ROOT] | rest[1][ROOT] | rest[2][ROOT] | rest[3][ROOT];
    return (moments[0] & moments[1] & moments[2] & moments[3]) == NEVER &&
           (four_of(&queue->first[level]) | (queue->levels >> level & 15) | seconds) == 0;
}

static int check_levels(const struct timer_queue *queue) {
    int count = 0;
    BOUND_LOOP(levels, TIMER_QUEUE_LEVELS);
    for (unsigned level = 0; level < TIMER_QUEUE_LEVELS; level++) {
        BOUND_TURN(levels);
        if (level % 4 == 0 && four_are_empty(queue, level)) {
            level += 3;
            continue;
        }
        int of_level = check_level(queue, level);
        if (of_level < 0) {
            return -1;
        }
        count += of_level;
    }
    return count;
}

static bool check_winner(const struct timer_queue *queue, size_t node) {
    return queue->earliest[node] ==
           earlier(queue->earliest[2 * node], queue->earliest[2 * node + 1]);
}

/* Node, its children and theirs. */
static bool check_winners(const struct timer_queue *queue, size_t node) {
    const uint64_t *earliest = queue->earliest;
    const uint64_t *leaves = &earliest[4 * node];
    if ((leaves[0] & leaves[1] & leaves[2] & leaves[3] & earliest[2 * node] &
         earliest[2 * node + 1] & earliest[node]) == NEVER) {
        return true;
    }
    return check_winner(queue, 2 * node) && check_winner(queue, 2 * node + 1) &&
           check_winner(queue, node);
}

static bool check_earliest(const struct timer_queue *queue) {
    BOUND_LOOP(outer, TIMER_QUEUE_LEAF / 4);
    for (size_t node = TIMER_QUEUE_LEAF / 4; node < TIMER_QUEUE_LEAF / 2; node++) {
        BOUND_TURN(outer);
        if (!check_winners(queue, node)) {
            return false;
        }
    }
    BOUND_LOOP(inner, TIMER_QUEUE_LEAF / 4);
    for (size_t node = 4; node < TIMER_QUEUE_LEAF / 4; node++) {
        BOUND_TURN(inner);
        if (!check_winner(queue, node)) {
            return false;
        }
    }
    return queue->moment[TIMER_QUEUE_NONE] == NEVER && queue->order[TIMER_QUEUE_NONE] == 0;
}

int timer_queue_check(const struct timer_queue *queue) {
    return check_earliest(queue) ? check_levels(queue) : -1;
}
