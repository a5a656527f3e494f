/* SPDX-License-Identifier: MIT */
/* Operations: pools. */
#include "tests/sweep/cast_sync.h"

/* The peer has a block, as if it were a thread of its own. */
static void peer_has_one(void) {
    check(blocks_take(ROLE_PEER) == STATUS_OK);
}

static void one_given_back(void) {
    peer_has_one();
    check(blocks_take(ROLE_SUBJECT) == STATUS_OK && blocks_give(ROLE_SUBJECT) == STATUS_OK);
}

static void all_out(void) {
    peer_has_one();
    check(blocks_take(ROLE_TARGET) == STATUS_OK && blocks_take(ROLE_RELEASER) == STATUS_OK);
}

static void subject_has_one(void) {
    peer_has_one();
    check(blocks_take(ROLE_SUBJECT) == STATUS_OK);
}

static void alloc(void) {
    fact_set(FACT_SUBJECT, blocks_take(ROLE_SUBJECT));
}

static void free_own(void) {
    fact_set(FACT_SUBJECT, blocks_give(ROLE_SUBJECT));
}

/* What an action may give back at the same time. */
static void free_peers(void) {
    fact_set(FACT_SUBJECT, blocks_give_peers());
}

static void free_foreign(void) {
    fact_set(FACT_SUBJECT, pool_free(&blocks, &blocks));
}

static void init(void) {
    static struct pool other;
    static uint64_t storage[16];
    fact_set(FACT_SUBJECT, pool_init(&other, storage, sizeof storage, 24, 3));
}

static const struct op pool_table[] = {
    {"pool_alloc_fresh", "pool", peer_has_one, NULL, alloc, NULL, NULL, OF_BLOCKS},
    {"pool_alloc_again", "pool", one_given_back, NULL, alloc, NULL, NULL, OF_BLOCKS},
    {"pool_alloc_none", "pool", all_out, NULL, alloc, NULL, NULL, OF_BLOCKS},
    {"pool_free_own", "pool", subject_has_one, NULL, free_own, NULL, NULL, OF_BLOCKS},
    {"pool_free_peers", "pool", peer_has_one, NULL, free_peers, NULL, NULL, OF_BLOCKS},
    {"pool_free_foreign", "pool", peer_has_one, NULL, free_foreign, NULL, NULL, OF_BLOCKS},
    {"pool_init", "pool", NULL, NULL, init, NULL, NULL, OF_BLOCKS},
};
OP_TABLE(pool);
