/* SPDX-License-Identifier: MIT */
/* Distances in a graph of 12 nodes: every node once, every edge twice. */
#include "tests/bounds/loops/loops.h"

#define NODES 12
#define EDGES 4 /* of a node */

static NOINLINE unsigned breadth_first(const int8_t edges[NODES][EDGES], unsigned start,
                                       uint8_t *distance) {
    uint8_t queue[NODES];
    unsigned head = 0, tail = 0;
    BOUND_LIMIT(found, NODES - 1);
    BOUND_LOOP(clear, NODES);
    for (unsigned i = 0; i < NODES; i++) {
        BOUND_TURN(clear);
        distance[i] = 0xff;
    }
    distance[start] = 0;
    queue[tail++] = (uint8_t)start;
    BOUND_LOOP(nodes, NODES);
    while (head < tail) {
        BOUND_TURN(nodes);
        unsigned node = queue[head++];
        BOUND_LOOP(edges, EDGES);
        for (unsigned edge = 0; edge < EDGES; edge++) {
            BOUND_TURN(edges);
            int other = edges[node][edge];
            if (other >= 0 && distance[other] == 0xff) {
                BOUND_PATH(found);
                distance[other] = (uint8_t)(distance[node] + 1);
                queue[tail++] = (uint8_t)other;
            }
        }
    }
    return tail;
}

void breadth_first_inputs(void) {
    static int8_t edges[NODES][EDGES];
    uint8_t distance[NODES];
    for (unsigned i = 0; i < NODES; i++) {
        edges[i][0] = (int8_t)((i + 1) % NODES);
        edges[i][1] = (int8_t)((i + NODES - 1) % NODES);
        edges[i][2] = (int8_t)((i + 5) % NODES);
        edges[i][3] = (int8_t)((i + 7) % NODES);
    }
    for (unsigned start = 0; start < NODES; start++) {
        must(OBSERVE(breadth_first, edges, start, distance, 0) == NODES, "breadth_first");
    }
}
