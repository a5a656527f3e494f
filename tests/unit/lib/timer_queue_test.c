/* SPDX-License-Identifier: MIT */
/* The queue against a plain list that is searched for every answer. */
#include "lib/timer_queue.h"

#include "lib/random.h"
#include "tests/unit/test.h"

#define IDS    TIMER_QUEUE_IDS
#define LEVELS TIMER_QUEUE_LEVELS
#define NEVER  TIMER_QUEUE_NEVER

static struct timer_queue queue;

static struct {
    bool inside;
    unsigned level;
    uint64_t when;
    uint64_t order;
} model[IDS + 1];
static uint64_t arrivals;

static void begin(void) {
    memset(&queue, 0, sizeof queue);
    memset(model, 0, sizeof model);
    timer_queue_init(&queue);
}

static void insert(unsigned id, unsigned level, uint64_t when) {
    model[id].inside = true;
    model[id].level = level;
    model[id].when = when;
    model[id].order = arrivals++;
    timer_queue_insert(&queue, id, level, when);
}

static void take(unsigned id) {
    model[id].inside = false;
    timer_queue_remove(&queue, id, model[id].level);
}

static unsigned model_first(unsigned level) {
    unsigned best = 0;
    for (unsigned id = 1; id <= IDS; id++) {
        if (model[id].inside && model[id].level == level &&
            (best == 0 || model[id].when < model[best].when ||
             (model[id].when == model[best].when && model[id].order < model[best].order))) {
            best = id;
        }
    }
    return best;
}

/* All answers, and that the whole is in order. */
static void compare(uint64_t now) {
    uint64_t earliest = NEVER;
    unsigned due = LEVELS;
    int count = 0;
    for (unsigned level = LEVELS; level-- > 0;) {
        unsigned first = model_first(level);
        EXPECT_EQ(timer_queue_first(&queue, level), first);
        uint64_t moment = first == 0 ? NEVER : model[first].when;
        EXPECT_EQ(timer_queue_first_moment(&queue, level), moment);
        earliest = moment < earliest ? moment : earliest;
        EXPECT_EQ(timer_queue_earliest(&queue, level), earliest);
        EXPECT_EQ(queue.levels >> level & 1, first != 0);
        due = due == LEVELS && moment <= now ? level : due;
    }
    unsigned found = timer_queue_due_level(&queue, now);
    EXPECT(found < LEVELS);
    if (due != LEVELS) {
        EXPECT_EQ(found, due);
    } else {
        EXPECT(timer_queue_first_moment(&queue, found) > now);
    }
    for (unsigned id = 1; id <= IDS; id++) {
        count += model[id].inside;
        EXPECT(!model[id].inside || timer_queue_moment(&queue, id) == model[id].when);
    }
    EXPECT_EQ(timer_queue_check(&queue), count);
}

TEST(timer_queue_is_empty_at_first) {
    begin();
    compare(0);
    compare(NEVER - 1);
}

TEST(timer_queue_one_at_each_level) {
    begin();
    for (unsigned level = 0; level < LEVELS; level++) {
        insert(level + 1, level, 1000 - level);
        compare(1000 - level);
    }
    for (unsigned level = 0; level < LEVELS; level++) {
        take(level + 1);
        compare(950);
    }
}

#define STRIDE 7919 /* a prime above IDS: each id comes once */

TEST(timer_queue_equal_moments_leave_in_the_order_of_arrival) {
    begin();
    for (unsigned i = 0; i < IDS; i++) {
        insert(1 + (i * STRIDE + 3) % IDS, 20, 500);
    }
    for (unsigned i = 0; i < IDS; i++) {
        EXPECT_EQ(timer_queue_first(&queue, 20), 1 + (i * STRIDE + 3) % IDS);
        take(timer_queue_first(&queue, 20));
    }
    compare(500);
}

TEST(timer_queue_moves_with_moment_and_place) {
    begin();
    insert(1, 5, 100);
    insert(2, 9, 100);
    insert(3, 9, 90);
    timer_queue_move(&queue, 1, 5, 9);
    model[1].level = 9;
    compare(95);
    take(3);
    EXPECT_EQ(timer_queue_first(&queue, 9), 1); /* was set before the second */
    timer_queue_move(&queue, 1, 9, 5);
    model[1].level = 5;
    compare(100);
}

static void step(struct random *random, unsigned levels, uint64_t moments) {
    unsigned id = (unsigned)random_between(random, 1, IDS);
    unsigned level = (unsigned)(random_below(random, levels) * (LEVELS - 1) / levels);
    if (!model[id].inside) {
        insert(id, level, random_below(random, moments));
    } else if (random_one_in(random, 4)) {
        timer_queue_move(&queue, id, model[id].level, level);
        model[id].level = level;
    } else {
        take(id);
    }
}

TEST(timer_queue_answers_as_a_search_does) {
    struct random random = test_random();
    for (unsigned round = 0; round < 60; round++) {
        unsigned levels = 1 + (unsigned)random_below(&random, round % 3 == 0 ? 2 : LEVELS);
        uint64_t moments = round % 2 == 0 ? 8 : UINT64_C(1) << 62;
        begin();
        for (unsigned i = 0; i < 400; i++) {
            step(&random, levels, moments);
            if (i % 8 == 0) {
                compare(random_below(&random, moments));
            }
        }
    }
}

static bool is_found(void *place, size_t size) {
    uint8_t *bytes = place;
    bytes[0] ^= 1;
    bool found = timer_queue_check(&queue) < 0;
    bytes[0] ^= 1;
    EXPECT(size != 0 && timer_queue_check(&queue) >= 0);
    return found;
}

#define IS_FOUND(field) is_found(&(field), sizeof(field))

TEST(timer_queue_check_finds_what_is_spoiled) {
    begin();
    for (unsigned id = 1; id <= 9; id++) {
        insert(id, 30, 100 * id);
    }
    unsigned second = queue.rest[30][1];
    EXPECT_EQ(second, 2);
    EXPECT(IS_FOUND(queue.first[30]));
    EXPECT(IS_FOUND(queue.rest[30][1]));
    EXPECT(IS_FOUND(queue.rest[30][TIMER_QUEUE_PLACES + 5]));
    EXPECT(IS_FOUND(queue.rest[30][TIMER_QUEUE_PLACES / 2 + 4]));
    EXPECT(IS_FOUND(queue.rest[30][TIMER_QUEUE_PLACES + 70])); /* nobody's, as its neighbours */
    EXPECT(IS_FOUND(queue.rest[30][TIMER_QUEUE_PLACES / 2 + 35]));
    EXPECT(IS_FOUND(queue.earliest[2 * LEVELS + 30]));
    EXPECT(IS_FOUND(queue.earliest[LEVELS + 15]));
    EXPECT(IS_FOUND(queue.levels)); /* level 0 has nobody */
    EXPECT(IS_FOUND(queue.moment[0]));
    EXPECT(IS_FOUND(queue.order[0]));
    EXPECT(IS_FOUND(queue.rest[7][1]));
    queue.moment[2] = queue.moment[1] - 1;
    EXPECT(timer_queue_check(&queue) < 0);
}
