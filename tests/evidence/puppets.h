/* SPDX-License-Identifier: MIT */
/*
 * Threads that wait as they are told: the timed events of the tree are their deadlines. A puppet
 * stands above main and obeys at once: when an order is given, it waits. Main only, and the actors
 * while main waits for them.
 */
#ifndef TESTS_EVIDENCE_PUPPETS_H
#define TESTS_EVIDENCE_PUPPETS_H

#include "tests/evidence/evidence.h"
#include "tests/evidence/shapes.h"

/* As many as there are slots beside the log's thread and main, but one. */
#define PUPPETS (CONFIG_THREAD_SLOTS - 3)

enum wait_kind {
    WAIT_RECEIVE, /* for a message */
    WAIT_SEND,    /* for room for `message` */
    WAIT_JOIN,    /* for the end of `other` */
};

struct wait {
    enum wait_kind kind;
    struct mailbox *box; /* NULL: the puppet's own one */
    thread_id_t other;
    instant_t deadline;
};

struct puppet {
    thread_id_t id;
    struct mailbox orders;
    struct mailbox box;
    struct wait order;
    struct message box_storage;
    struct message message;
    bool lives;      /* has a thread */
    bool waits;      /* has an order that is not done */
    status_t result; /* of its last wait */
    int64_t code;    /* of its last join */
    int rank;        /* in the shape, 0: none */
};

/* Spawns all that have no thread: round-robin ones of the level EVIDENCE_PUPPET. */
void puppets_begin(void);

/* Ends those that do not wait, so that there are slots for others. */
void puppets_trim(void);

/* Ends all; none waits. */
void puppets_end(void);

/* Makes a puppet wait that does not. */
struct puppet *puppet_wait(const struct wait *wait);

/* A message for a puppet that receives in its own mailbox: its deadline is called off. */
void puppet_call_off(struct puppet *puppet);

/* How many wait, and how many had this result since the last tree was begun. */
unsigned puppets_waiting(void);
unsigned puppets_with(status_t result);

/* --- Trees ------------------------------------------------------------------------------------ */

/* How a shape is made of puppets. Rank r stands at `base` + r * `spacing` ticks. All wait in their
 * own mailboxes, except that `wait`, unless it is NULL, is what those do who stand at the end of
 * the history: all of them, or the one that the shape's last step calls off. */
struct plan {
    const struct shape *shape;
    instant_t base;
    uint64_t spacing;
    const struct wait *wait;
    bool all;
};

/* Begins all puppets, arms and calls off what the shape says, and ends those that do not wait. */
void tree_build(const struct plan *plan);

/* The same with ranks a thousand ticks apart, of which the first comes when all is built. */
void tree_build_soon(const struct shape *shape, const struct wait *wait);
#define TREE_LEAD 2000000 /* ticks to rank 0 */
#define TREE_STEP 1000

/* The moment of the shape's last step, and the puppet whose deadline it is: NULL when it arms. */
instant_t tree_last_moment(void);
struct puppet *tree_last(void);

/* Calls everything off that still waits in its own mailbox. */
void tree_clear(void);

#endif
