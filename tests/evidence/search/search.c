/* SPDX-License-Identifier: MIT */
/*
 * Looks for histories of armed and called-off events after which one more operation on the tree of
 * timed events takes as long as it can, and prints them as tests/evidence/shapes.c. The cost of an
 * operation is the number of basic blocks of lib/rbtree.c that it executes: that file is compiled
 * with -fsanitize-coverage=trace-pc, which calls the function below in each.
 *
 * The way: from many starts, a few random steps at a time; what makes the goal cheaper is taken
 * back, except now and then. The best history is shortened at the end, as long as its cost stays.
 * Nothing is random but the seed, which is fixed: two runs print the same.
 *
 *     make evidence-search && build/host/evidence-search > tests/evidence/shapes.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/assert.h"
#include "lib/random.h"
#include "lib/rbtree.h"

#define NODES_MAX  62   /* all PUPPETS of tests/evidence/puppets.h, and the end of the run */
#define NODES_LAST 59   /* so many at most when it is dear: who acts needs slots too */
#define KEY_END    6000 /* of the end of the run: armed first, never called off */
#define STEPS_MAX  1500
#define STARTS     600
#define MOVES      1500 /* from each start */
#define TAKEN_BACK 25   /* of so many moves for the worse all but one */

/* --- Cost ------------------------------------------------------------------------------------- */

static unsigned blocks;

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void) {
    blocks++;
}

void panic(const char *format, ...) {
    fprintf(stderr, "panic: %s\n", format);
    abort();
}

/* --- The tree --------------------------------------------------------------------------------- */

/* What can be copied away and back, since its pointers lead to itself. */
struct forest {
    struct rbtree tree;
    struct rbtree_node node[NODES_MAX];
    bool armed[NODES_MAX];
    unsigned count;
};

static struct forest forest;

static struct rbtree_node *node_find(uint64_t key) {
    for (unsigned i = 0; i < NODES_MAX; i++) {
        if (forest.armed[i] && forest.node[i].key == key) {
            return &forest.node[i];
        }
    }
    return NULL;
}

/* Arms an event of the key `step`, or calls off the one of -step. False: it means nothing here.
 * Sets `blocks` to what it cost. */
static bool step_do(int step) {
    struct rbtree_node *node = node_find((uint64_t)abs(step));
    if (step < 0 ? node == NULL : node != NULL || forest.count == NODES_MAX) {
        return false;
    }
    if (step < 0) {
        forest.armed[node - forest.node] = false;
        forest.count--;
    } else {
        for (node = forest.node; forest.armed[node - forest.node]; node++) {
        }
        forest.armed[node - forest.node] = true;
        forest.count++;
        node->key = (uint64_t)step;
    }
    blocks = 0;
    if (step < 0) {
        rbtree_remove(&forest.tree, node);
    } else {
        rbtree_insert(&forest.tree, node);
    }
    return true;
}

static void forest_clear(void) {
    memset(&forest, 0, sizeof forest);
    step_do(KEY_END);
}

/* --- Goals: what the dearest of some steps costs here, and which it is ------------------------- */

/* What a step costs that is not done for good. */
static unsigned step_try(int step) {
    static struct forest before;
    before = forest;
    unsigned cost = step_do(step) ? blocks : 0;
    forest = before;
    return cost;
}

/* An insert behind the first. */
static unsigned goal_insert(int *step) {
    unsigned best = 0;
    for (const struct rbtree_node *node = rbtree_first(&forest.tree); node != NULL;
         node = rbtree_next(node)) {
        int key = (int)node->key + 1;
        unsigned cost = key < KEY_END ? step_try(key) : 0;
        if (cost > best) {
            best = cost;
            *step = key;
        }
    }
    return best;
}

/* The removal of any. */
static unsigned goal_remove(int *step) {
    unsigned best = 0;
    for (const struct rbtree_node *node = rbtree_first(&forest.tree); node->key != KEY_END;
         node = rbtree_next(node)) {
        unsigned cost = step_try(-(int)node->key);
        if (cost > best) {
            best = cost;
            *step = -(int)node->key;
        }
    }
    return best;
}

/* The removal of the first two, one after the other. `step` is the first. */
static unsigned goal_due(int *step) {
    static struct forest before;
    unsigned cost = 0;
    before = forest;
    *step = -(int)rbtree_first(&forest.tree)->key;
    for (unsigned i = 0; i < 2 && rbtree_first(&forest.tree)->key != KEY_END; i++) {
        step_do(-(int)rbtree_first(&forest.tree)->key);
        cost += blocks;
    }
    forest = before;
    return cost;
}

struct goal {
    const char *name;
    unsigned (*cost)(int *step);
};

/* What the goal costs here. `step` is the one that is dear. */
static unsigned goal_cost(const struct goal *goal, int *step) {
    return forest.count > NODES_LAST ? 0 : goal->cost(step);
}

static const struct goal goals[] = {
    {"insert", goal_insert},
    {"remove", goal_remove},
    {"due", goal_due},
};

/* --- The search ------------------------------------------------------------------------------- */

struct history {
    int step[STEPS_MAX];
    unsigned count;
    int last; /* the step that is dear */
    unsigned cost;
};

static void history_add(struct history *history, int step) {
    if (history->count < STEPS_MAX && step_do(step)) {
        history->step[history->count++] = step;
    }
}

static void random_step(struct history *history, struct random *random) {
    if (forest.count < 3 || (forest.count < NODES_MAX && random_one_in(random, 2))) {
        history_add(history, 1 + (int)random_below(random, KEY_END - 1));
        return;
    }
    uint64_t index = random_below(random, forest.count);
    const struct rbtree_node *node = rbtree_first(&forest.tree);
    for (; index != 0; index--) {
        node = rbtree_next(node);
    }
    if (node->key != KEY_END) {
        history_add(history, -(int)node->key);
    }
}

/* A tree whose root's smaller child is red, with black nodes only below, but for one inner grandchild
 * of that: falling keys make the red child, then most on its outer side goes, and rising keys on
 * its inner side make the red grandchild. Or its mirror image, but for the end of the run. To get
 * there at random takes too long. */
static void start_built(struct history *history, bool mirrored) {
    int from = mirrored ? NODES_MAX * 90 : 0;
    int sign = mirrored ? -1 : 1;
    for (int i = NODES_MAX - 1; i > 0; i--) {
        history_add(history, from + sign * i * 90);
    }
    for (int i = 1; i <= 15; i++) {
        history_add(history, -(from + sign * i * 90));
    }
    for (int i = 1; i <= 15; i++) {
        history_add(history, from + sign * (45 * 90 + i * 5));
    }
    for (int i = 15; i > 15 - (NODES_MAX - NODES_LAST); i--) {
        history_add(history, -(from + sign * (45 * 90 + i * 5)));
    }
}

/* That, or rising, falling or mixed keys. */
static void start(struct history *history, struct random *random) {
    unsigned kind = (unsigned)random_below(random, 5);
    int count = 1 + (int)random_below(random, NODES_LAST - 1);
    forest_clear();
    history->count = 0;
    if (kind >= 3) {
        start_built(history, kind == 4);
        return;
    }
    for (int i = 0; i < count; i++) {
        int place = kind == 0 ? i : kind == 1 ? count - 1 - i : i * 37 % count;
        history_add(history, 40 + place * 90);
    }
}

/* One start; `best` is improved if it can be. */
static void climb(const struct goal *goal, struct random *random, struct history *best) {
    static struct history history;
    static struct forest before;
    start(&history, random);
    unsigned cost = goal_cost(goal, &history.last);
    for (unsigned i = 0; i < MOVES && history.count < STEPS_MAX - 3; i++) {
        unsigned count = history.count;
        before = forest;
        for (uint64_t steps = 1 + random_below(random, 3); steps != 0; steps--) {
            random_step(&history, random);
        }
        unsigned after = goal_cost(goal, &history.last);
        if (after < cost && !random_one_in(random, TAKEN_BACK)) {
            forest = before;
            history.count = count;
            continue;
        }
        cost = after;
        if (cost > best->cost) {
            *best = history;
            best->cost = cost;
        }
    }
}

/* Does the history without the steps on `key` (0: all of it) and answers what its goal costs. */
static unsigned replay(const struct goal *goal, const struct history *history, int key, int *last) {
    forest_clear();
    for (unsigned i = 0; i < history->count; i++) {
        if (abs(history->step[i]) != key) {
            step_do(history->step[i]);
        }
    }
    return goal_cost(goal, last);
}

/* Leaves out every event that the cost does not need. */
static void shorten(const struct goal *goal, struct history *history) {
    for (unsigned i = 0; i < history->count;) {
        int key = abs(history->step[i]);
        int last;
        if (replay(goal, history, key, &last) < history->cost) {
            i++;
            continue;
        }
        unsigned kept = 0;
        for (unsigned k = 0; k < history->count; k++) {
            if (abs(history->step[k]) != key) {
                history->step[kept++] = history->step[k];
            }
        }
        history->count = kept;
        i = 0;
    }
    replay(goal, history, 0, &history->last);
}

/* --- Output ----------------------------------------------------------------------------------- */

/* The place of the key among all keys of the history, from 1, with the step's sign. */
static int rank_of(const struct history *history, int step) {
    static bool is_key[KEY_END];
    int rank = 1;
    memset(is_key, 0, sizeof is_key);
    for (unsigned i = 0; i < history->count; i++) {
        is_key[abs(history->step[i])] = true;
    }
    for (int key = 1; key < abs(step); key++) {
        rank += is_key[key] || (history->last > 0 && key == history->last);
    }
    return step < 0 ? -rank : rank;
}

static void print(const struct goal *goal, const struct history *history) {
    printf("\n/* %u blocks. */\nstatic const int16_t %s_steps[] = {", history->cost, goal->name);
    for (unsigned i = 0; i < history->count; i++) {
        printf("%d, ", rank_of(history, history->step[i]));
    }
    printf("};\nconst struct shape shape_%s = {%s_steps, ARRAY_SIZE(%s_steps), %d};\n", goal->name,
           goal->name, goal->name, rank_of(history, history->last));
}

int main(void) {
    printf("/* SPDX-License-Identifier: MIT */\n"
           "/* Made by tests/evidence/search/search.c, and formatted. */\n"
           "#include \"tests/evidence/shapes.h\"\n");
    for (unsigned i = 0; i < ARRAY_SIZE(goals); i++) {
        static struct history best;
        struct random random;
        best.cost = 0;
        random_init(&random, 1);
        for (unsigned k = 0; k < STARTS; k++) {
            climb(&goals[i], &random, &best);
        }
        shorten(&goals[i], &best);
        print(&goals[i], &best);
    }
    return 0;
}
