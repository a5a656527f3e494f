/* SPDX-License-Identifier: MIT */
/* The list against an array that is shifted by hand. */
#include "lib/list.h"
#include "tests/unit/test.h"

#define ITEMS 40

struct item {
    int id;
    struct list_node node;
};

static struct item items[ITEMS];

static int id_of(struct list_node *node) {
    return CONTAINER_OF(node, struct item, node)->id;
}

static void expect_same(const struct list *list, const int *model, size_t count) {
    EXPECT(list_check(list, ITEMS));
    EXPECT_EQ(list_is_empty(list), count == 0);
    size_t seen = 0;
    list_for_each (node, list) {
        EXPECT(seen < count);
        EXPECT_EQ(id_of(node), model[seen]);
        EXPECT(list_next(list, node) == (seen + 1 < count ? &items[model[seen + 1]].node : NULL));
        seen++;
    }
    EXPECT_EQ(seen, count);
    EXPECT(list_first(list) == (count == 0 ? NULL : &items[model[0]].node));
    EXPECT(list_last(list) == (count == 0 ? NULL : &items[model[count - 1]].node));
}

TEST(list_static_initializer_is_empty) {
    static struct list list = LIST_INITIALIZER(list);
    EXPECT(list_is_empty(&list));
    EXPECT(list_pop_front(&list) == NULL);
    EXPECT(list_pop_back(&list) == NULL);
}

static void insert_at(struct list *list, struct random *random, int id, size_t at, const int *model,
                      size_t count) {
    struct list_node *node = &items[id].node;
    if (at == 0 && random_one_in(random, 2)) {
        list_push_front(list, node);
    } else if (at == count) {
        list_push_back(list, node);
    } else if (at > 0 && random_one_in(random, 2)) {
        list_insert_after(&items[model[at - 1]].node, node);
    } else {
        list_insert_before(&items[model[at]].node, node);
    }
}

TEST(list_random_operations_match_model) {
    struct random random = test_random();
    struct list list;
    int model[ITEMS];
    size_t count = 0;
    bool inside[ITEMS] = {false};
    list_init(&list);
    for (int i = 0; i < ITEMS; i++) {
        items[i].id = i;
    }
    for (int step = 0; step < 100000; step++) {
        int id = (int)random_below(&random, ITEMS);
        if (!inside[id]) {
            size_t at = random_below(&random, count + 1);
            insert_at(&list, &random, id, at, model, count);
            memmove(&model[at + 1], &model[at], (count - at) * sizeof(int));
            model[at] = id;
            count++;
        } else {
            size_t at = random_below(&random, count);
            id = model[at];
            if (at == 0 && random_one_in(&random, 2)) {
                EXPECT(list_pop_front(&list) == &items[id].node);
            } else if (at == count - 1 && random_one_in(&random, 2)) {
                EXPECT(list_pop_back(&list) == &items[id].node);
            } else {
                list_remove(&items[id].node);
            }
            count--;
            memmove(&model[at], &model[at + 1], (count - at) * sizeof(int));
        }
        inside[id] = !inside[id];
        expect_same(&list, model, count);
    }
}

TEST(list_check_finds_broken_links) {
    struct list list;
    struct list_node node[4];
    list_init(&list);
    for (int i = 0; i < 4; i++) {
        list_push_back(&list, &node[i]);
    }
    EXPECT(list_check(&list, 4));
    EXPECT(!list_check(&list, 3));
    node[2].prev = &node[0];
    EXPECT(!list_check(&list, 4));
    node[2].prev = &node[1];
    node[3].next = &node[0];
    EXPECT(!list_check(&list, 4));
    node[3].next = NULL;
    EXPECT(!list_check(&list, 4));
}

TEST(list_second_remove_stops_a_debug_build) {
    struct list list;
    struct list_node node[2];
    list_init(&list);
    list_push_back(&list, &node[0]);
    list_push_back(&list, &node[1]);
    list_remove(&node[0]);
    EXPECT_PANIC(list_remove(&node[0]));
}

TEST(list_check_of_the_longest_list) {
    static struct list_node nodes[LIST_CHECK_MAX];
    struct list list;
    list_init(&list);
    for (size_t i = 0; i < LIST_CHECK_MAX; i++) {
        list_push_back(&list, &nodes[i]);
    }
    EXPECT(list_check(&list, LIST_CHECK_MAX));
    EXPECT(!list_check(&list, LIST_CHECK_MAX - 1));
}
