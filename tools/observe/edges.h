/* SPDX-License-Identifier: MIT */
/* How often control went from one instruction to another that is not the next. */
#ifndef TOOLS_OBSERVE_EDGES_H
#define TOOLS_OBSERVE_EDGES_H

#include <stdint.h>

enum edge_kind {
    EDGE_FLOW,      /* branches, calls, returns, as one thread sees them */
    EDGE_EXCEPTION, /* the last instruction before an exception, and its vector */
    EDGE_RESUME,    /* an eret, and where the thread goes on */
};

struct edge {
    uint64_t from;
    uint64_t to;
    uint64_t count;
    enum edge_kind kind;
    struct edge *next;
};

/* The edge, which stays where it is; made at the first question. */
struct edge *edge_find(enum edge_kind kind, uint64_t from, uint64_t to);

/* Calls visit for every edge. */
void edges_each(void (*visit)(const struct edge *edge, void *data), void *data);

#endif
