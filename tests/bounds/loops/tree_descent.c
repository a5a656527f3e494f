/* SPDX-License-Identifier: MIT */
/* Goes down a tree of known height by pointers. */
#include "tests/bounds/loops/loops.h"

#define NODES 63
#define DEPTH 6

struct node {
    int key;
    struct node *children[2];
};

static struct node nodes[NODES];

static NOINLINE const struct node *tree_descent(const struct node *node, int key) {
    BOUND_LOOP(levels, DEPTH);
    while (node != NULL) {
        BOUND_TURN(levels);
        if (node->key == key) {
            break;
        }
        node = node->children[key > node->key];
    }
    return node;
}

/* nodes[i] has its children at 2i + 1 and 2i + 2; keys in order, in steps of two. */
static void tree_make(void) {
    for (unsigned i = 0; i < NODES; i++) {
        unsigned level = 31 - (unsigned)__builtin_clz(i + 1);
        unsigned within = i + 1 - (1u << level);
        nodes[i].key = (int)(2 * ((2 * within + 1) << (DEPTH - 1 - level)));
        nodes[i].children[0] = 2 * i + 1 < NODES ? &nodes[2 * i + 1] : NULL;
        nodes[i].children[1] = 2 * i + 2 < NODES ? &nodes[2 * i + 2] : NULL;
    }
}

void tree_descent_inputs(void) {
    tree_make();
    for (int key = 1; key < 2 * (NODES + 1); key++) {
        const struct node *found = (const struct node *)OBSERVE(tree_descent, nodes, key, 0, 0);
        must(key % 2 == 0 ? found != NULL && found->key == key : found == NULL, "tree_descent");
    }
}
