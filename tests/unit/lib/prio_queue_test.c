/* SPDX-License-Identifier: MIT */
/* The priority queue against 64 arrays. */
#include "lib/prio_queue.h"
#include "tests/unit/test.h"

#define ITEMS  48
#define LEVELS PRIO_QUEUE_LEVELS

struct item {
    int id;
    int level; /* -1: in no queue */
    struct prio_node node;
};

static struct item items[ITEMS];
static struct prio_queue queue;
static int model[LEVELS][ITEMS];
static size_t model_count[LEVELS];

static void model_insert(unsigned level, size_t at, int id) {
    int *ids = model[level];
    memmove(&ids[at + 1], &ids[at], (model_count[level] - at) * sizeof(int));
    ids[at] = id;
    model_count[level]++;
    items[id].level = (int)level;
}

static void model_remove(int id) {
    unsigned level = (unsigned)items[id].level;
    size_t at = 0;
    while (model[level][at] != id) {
        at++;
    }
    model_count[level]--;
    memmove(&model[level][at], &model[level][at + 1], (model_count[level] - at) * sizeof(int));
    items[id].level = -1;
}

static void expect_level(unsigned level) {
    EXPECT_EQ(prio_queue_level_is_empty(&queue, level), model_count[level] == 0);
    if (model_count[level] == 0) {
        return;
    }
    struct prio_node *node = prio_queue_head(&queue, level);
    for (size_t i = 0; i < model_count[level]; i++) {
        EXPECT(node == &items[model[level][i]].node);
        node = node->next;
    }
    EXPECT(node == prio_queue_head(&queue, level));
}

static void expect_same(void) {
    int highest = -1;
    EXPECT(prio_queue_check(&queue, ITEMS));
    for (unsigned level = 0; level < LEVELS; level++) {
        expect_level(level);
        highest = model_count[level] != 0 ? (int)level : highest;
    }
    EXPECT_EQ(prio_queue_is_empty(&queue), highest < 0);
    if (highest >= 0) {
        EXPECT_EQ(prio_queue_highest_level(&queue), highest);
        EXPECT(prio_queue_first(&queue) == &items[model[highest][0]].node);
    }
}

static void setup(void) {
    memset(&queue, 0xee, sizeof(queue)); /* only the bitmap may be relied upon */
    memset(model_count, 0, sizeof(model_count));
    prio_queue_init(&queue);
    for (int i = 0; i < ITEMS; i++) {
        items[i] = (struct item){.id = i, .level = -1};
    }
}

static void insert_random(struct random *random, int id, unsigned level) {
    if (random_one_in(random, 3)) {
        prio_queue_insert_head(&queue, &items[id].node, level);
        model_insert(level, 0, id);
    } else {
        prio_queue_insert_tail(&queue, &items[id].node, level);
        model_insert(level, model_count[level], id);
    }
}

static void pop_highest(void) {
    unsigned level = prio_queue_highest_level(&queue);
    int head = model[level][0];
    EXPECT(prio_queue_pop_first(&queue) == &items[head].node);
    model_remove(head);
}

static void touch_queued(struct random *random, int id) {
    unsigned level = (unsigned)items[id].level;
    int head = model[level][0];
    switch (random_below(random, 5)) {
    case 4:
        pop_highest();
        break;
    case 3:
        if (model_count[level] > 1) {
            prio_queue_rotate_to(&queue, &items[model[level][1]].node, level);
            model_remove(head);
            model_insert(level, model_count[level], head);
        }
        break;
    case 0:
        prio_queue_rotate(&queue, level);
        model_remove(head);
        model_insert(level, model_count[level], head);
        break;
    case 1:
        EXPECT(prio_queue_pop(&queue, level) == &items[head].node);
        model_remove(head);
        break;
    default:
        prio_queue_remove(&queue, &items[id].node, level);
        model_remove(id);
    }
}

TEST(prio_queue_random_operations_match_model) {
    struct random random = test_random();
    setup();
    expect_same();
    unsigned levels = LEVELS;
    for (int step = 0; step < 100000; step++) {
        if (step % 1000 == 0) { /* few levels, long rings; many levels, short rings */
            levels = random_one_in(&random, 2) ? 3 : LEVELS;
        }
        int id = (int)random_below(&random, ITEMS);
        if (items[id].level < 0) {
            unsigned level = (unsigned)random_below(&random, levels);
            insert_random(&random, id, random_one_in(&random, 4) ? LEVELS - 1 - level : level);
        } else {
            touch_queued(&random, id);
        }
        expect_same();
    }
}

TEST(prio_queue_check_finds_broken_rings) {
    setup();
    for (int i = 0; i < 3; i++) {
        prio_queue_insert_tail(&queue, &items[i].node, 63);
    }
    EXPECT(prio_queue_check(&queue, 3));
    EXPECT(!prio_queue_check(&queue, 2));
    items[1].node.prev = &items[2].node;
    EXPECT(!prio_queue_check(&queue, 3));
    items[1].node.prev = &items[0].node;
    items[1].node.next = NULL;
    EXPECT(!prio_queue_check(&queue, 3));
}

TEST(prio_queue_misuse_stops_a_debug_build) {
    setup();
    EXPECT_PANIC(prio_queue_first(&queue));
    EXPECT_PANIC(prio_queue_insert_tail(&queue, &items[0].node, 64));
    prio_queue_insert_tail(&queue, &items[0].node, 5);
    EXPECT_PANIC(prio_queue_remove(&queue, &items[0].node, 6));
    EXPECT_PANIC(prio_queue_pop(&queue, 6));
    EXPECT_PANIC(prio_queue_rotate(&queue, 4));
    prio_queue_insert_tail(&queue, &items[1].node, 5);
    prio_queue_insert_tail(&queue, &items[2].node, 5);
    EXPECT_PANIC(prio_queue_rotate_to(&queue, &items[2].node, 5));
}

TEST(prio_queue_check_of_the_longest_queue) {
    static struct prio_node nodes[PRIO_QUEUE_CHECK_MAX + 1];
    prio_queue_init(&queue);
    for (size_t i = 0; i < PRIO_QUEUE_CHECK_MAX; i++) {
        prio_queue_insert_tail(&queue, &nodes[i], 5);
    }
    EXPECT(prio_queue_check(&queue, PRIO_QUEUE_CHECK_MAX));
    prio_queue_insert_tail(&queue, &nodes[PRIO_QUEUE_CHECK_MAX], 5);
    EXPECT(!prio_queue_check(&queue, PRIO_QUEUE_CHECK_MAX));
}
