/* SPDX-License-Identifier: MIT */
/* A hash of chains: edges do not move, so who counts one often may keep a pointer to it. */
#include "tools/observe/edges.h"

#include <stdlib.h>

#include "tools/observe/image.h"

#define BUCKETS 8192 /* a power of two */

static struct edge *buckets[BUCKETS];

static uint64_t hash(uint64_t from, uint64_t to) {
    return ((from * UINT64_C(0x9e3779b97f4a7c15)) ^ (to * UINT64_C(0xc2b2ae3d27d4eb4f))) >> 40;
}

struct edge *edge_find(enum edge_kind kind, uint64_t from, uint64_t to) {
    struct edge **bucket = &buckets[hash(from, to) & (BUCKETS - 1)];
    for (struct edge *edge = *bucket; edge != NULL; edge = edge->next) {
        if (edge->from == from && edge->to == to && edge->kind == kind) {
            return edge;
        }
    }
    struct edge *edge = malloc(sizeof *edge);
    if (edge == NULL) {
        image_fail("memory", "none left");
    }
    *edge = (struct edge){from, to, 0, kind, *bucket};
    *bucket = edge;
    return edge;
}

void edges_each(void (*visit)(const struct edge *edge, void *data), void *data) {
    for (unsigned i = 0; i < BUCKETS; i++) {
        for (const struct edge *edge = buckets[i]; edge != NULL; edge = edge->next) {
            visit(edge, data);
        }
    }
}
