/* SPDX-License-Identifier: MIT */
/* What is spoiled, by subject, and who stands on the stage while that is done. */
#ifndef TESTS_SWEEP_CORRUPT_INTERNAL_H
#define TESTS_SWEEP_CORRUPT_INTERNAL_H

#include "tests/invariants/invariants.h"
#include "tests/sweep/cast.h"

struct corruption {
    const char *rule; /* what the checker says begins so */
    void (*make)(void);
};

struct corruption_table {
    const struct corruption *all;
    unsigned count;
};
#define CORRUPTIONS(name)                                                                          \
    const struct corruption_table name##_corruptions = {name##_table, ARRAY_SIZE(name##_table)}
extern const struct corruption_table threads_corruptions, objects_corruptions, waits_corruptions,
    server_corruptions;

/* Who stands where on the stage: the target waits for a letter, the peer for a message until a moment;
 * the joiner for the end of the target, the waiter for a mutex of the owner, who waits as well. Two are
 * ready: one has the allowance, `paced` the lane. One waits for several objects; one slot is free. */
extern struct thread *target, *peer, *joiner, *ready, *free_slot, *owner, *waiter, *several, *paced;
extern uint32_t *block;            /* of the heap */
extern struct fp_state *room_lost; /* is given back, if it was taken */
extern struct invariants_view corrupt_view;

/* Writes `value` into a field, until all is put right again. */
void poke(void *place, unsigned size, uint64_t value);
#define POKE(field, value) poke(&(field), sizeof(field), (uint64_t)(value))

#endif
