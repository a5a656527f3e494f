/* SPDX-License-Identifier: MIT */
/*
 * Threads that wait as they are told: the armed events are their deadlines. A puppet stands above
 * main and obeys at once: when an order is given, it waits. Main only, and the actors while main
 * waits for them.
 */
#ifndef TESTS_EVIDENCE_PUPPETS_H
#define TESTS_EVIDENCE_PUPPETS_H

#include "kernel/sync/condition.h"
#include "kernel/sync/miss_box.h"
#include "kernel/sync/rwlock.h"
#include "tests/evidence/evidence.h"

/* As many as there are slots beside the log's thread, main, an actor, its two bystanders and one
 * more. With the end of the run that is all events but a few. */
#define PUPPETS (CONFIG_THREAD_SLOTS - 6)

enum wait_kind {
    WAIT_RECEIVE,   /* for a message */
    WAIT_SEND,      /* for room for `message` */
    WAIT_JOIN,      /* for the end of `other` */
    WAIT_TAKE,      /* for a unit of `units` */
    WAIT_COME,      /* for the others at `barrier` */
    WAIT_WATCH,     /* for bit 0 of `flags`, and clears it */
    WAIT_LOCK,      /* for `mutex` */
    WAIT_CONDITION, /* for `condition`, with `mutex` */
    WAIT_READ,      /* for `shared`, to read */
    WAIT_WRITE,     /* the same to write */
    WAIT_PERIOD,    /* for a message; each but the last for which there is a record has a period */
    WAIT_TOLD,      /* for a miss told at `misses` */
};

struct wait {
    enum wait_kind kind;
    struct mailbox *box; /* NULL: the puppet's own one */
    struct semaphore *units;
    struct event_flags *flags;
    struct barrier *barrier;
    thread_id_t other;
    struct mutex *mutex;
    struct condition *condition;
    struct rwlock *shared;
    struct miss_box *misses;
    struct mutex *holds; /* NULL: nothing; it is locked before and unlocked behind */
    instant_t deadline;
};

struct puppet {
    thread_id_t id;
    struct mailbox box; /* for orders too */
    struct message message;
    bool waits;      /* has an order that is not done */
    status_t result; /* of its last wait */
    instant_t ended; /* when that was over */
    int64_t code;    /* of its last join */
};

/* Spawns all of them: round-robin threads of the level EVIDENCE_PUPPET. */
void puppets_begin(void);

/* Ends all; none waits. */
void puppets_end(void);

/* Makes puppet `number`, which does not wait, do it. */
struct puppet *puppet_wait(unsigned number, const struct wait *wait);

/* How many wait, and how many had this result since events were armed. */
unsigned puppets_waiting(void);
unsigned puppets_with(status_t result);

/* --- Events ----------------------------------------------------------------------------------- */

/*
 * Makes all puppets wait, in the order of their deadlines, which stand `spacing` ticks apart; the
 * first is `base` + `spacing`. So whoever arms an earlier one has it climb from the last place of
 * the queue to the first; and when the first goes, all of its way is played again.
 * All wait in their own mailboxes, except that `wait`, unless it is NULL, is what the first one
 * does, or `all` of them.
 */
void events_arm(instant_t base, uint64_t spacing, const struct wait *wait, bool all);

/* The same where the first `count` puppets do `waits`, one each. */
void events_arm_row(instant_t base, uint64_t spacing, const struct wait *waits, unsigned count);

/* The same with what is usual: the first alone, soon, and ticks enough between. */
void events_arm_soon(const struct wait *wait);

/* The thread of puppet `number`. */
thread_id_t puppet_id(unsigned number);

/* A moment before all deadlines, and the puppet whose deadline is the first. */
instant_t events_base(void);
struct puppet *events_first(void);

/* Takes the first few events with their puppets to another level, and back up: there they are in each
 * other's way, the first of them first. */
void events_lower(unsigned level);
void events_raise(void);

/* Calls off all that wait in their own mailboxes; or lets all of them time out, one after another. */
void events_call_off(void);
void events_pass(void);

#endif
