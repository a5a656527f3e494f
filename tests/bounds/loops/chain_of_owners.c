/* SPDX-License-Identifier: MIT */
/* Follows a chain and ends in one of three ways; one of them costs much, once. */
#include "tests/bounds/loops/loops.h"

#define CHAIN 8

struct owner {
    struct owner *next;
    unsigned level;
    bool ready;
    unsigned queued[4];
};

static NOINLINE void requeue(struct owner *owner, unsigned level) {
    BOUND_LOOP(queues, 4);
    for (unsigned i = 0; i < 4; i++) {
        BOUND_TURN(queues);
        owner->queued[i] = owner->queued[i] * 3 + level;
    }
}

static NOINLINE unsigned chain_of_owners(struct owner *owner, unsigned level) {
    unsigned raised = 0;
    BOUND_LIMIT(ready, 1);
    BOUND_LOOP(chain, CHAIN);
    for (unsigned depth = 0; owner != NULL && depth < CHAIN; depth++) {
        BOUND_TURN(chain);
        if (owner->level >= level) {
            break;
        }
        owner->level = level;
        raised++;
        if (owner->ready) {
            BOUND_PATH(ready);
            requeue(owner, level);
            break;
        }
        owner = owner->next;
    }
    return raised;
}

void chain_of_owners_inputs(void) {
    static struct owner owners[CHAIN + 1];
    for (unsigned ready = 0; ready <= CHAIN; ready++) {
        for (unsigned i = 0; i <= CHAIN; i++) {
            owners[i].next = i < CHAIN ? &owners[i + 1] : NULL;
            owners[i].level = 0;
            owners[i].ready = i == ready;
        }
        must(OBSERVE(chain_of_owners, owners, 5, 0, 0) == (ready < CHAIN ? ready + 1 : CHAIN),
             "chain_of_owners");
        OBSERVE(chain_of_owners, owners, 5, 0, 0);
    }
}
