/* SPDX-License-Identifier: MIT */
/* The objects on the stage: a unit is neither lost nor doubled, a set comes to all who wait. */
#include "tests/sweep/cast_sync.h"

struct semaphore units;
struct event_flags signs;
struct barrier rounds;
struct miss_box misses;
struct pool blocks;

static uint64_t block_storage[POOL_STORAGE_SIZE(24, BLOCKS) / 8 + 1];
static void *block_of[ROLE_CAST + BLOCKS];

static uint64_t given, taken;
static bool peer_is_timed;

void sync_plan(void) {
    check(semaphore_init(&units, 0, UNITS_MAX) == STATUS_OK);
    check(event_flags_init(&signs, 0) == STATUS_OK);
    check(pool_init(&blocks, block_storage, sizeof block_storage, 24, BLOCKS) == STATUS_OK);
    for (unsigned i = 0; i < ARRAY_SIZE(block_of); i++) {
        block_of[i] = NULL;
    }
    check(barrier_init(&rounds, 2) == STATUS_OK);
    check(miss_box_init(&misses) == STATUS_OK);
    given = 0;
    taken = 0;
}

void sync_leave(void) {
    (void)semaphore_close(&units);
    (void)event_flags_close(&signs);
    (void)barrier_close(&rounds);
    (void)miss_box_close(&misses);
}

const char *sync_judge(void) {
    bool adds_up = given - taken == semaphore_count(&units);
    if (!units.closed && !adds_up) {
        return "a unit is lost or doubled";
    }
    for (unsigned i = 0; i < ARRAY_SIZE(block_of); i++) {
        for (unsigned k = 0; k < i; k++) {
            if (block_of[i] != NULL && block_of[i] == block_of[k]) {
                return "two have one block";
            }
        }
    }
    if (!prio_queue_is_empty(&rounds.waiters[rounds.current ^ 1])) {
        return "a round has not come to its end";
    }
    bool walked = !prio_queue_is_empty(&signs.waiters[signs.current ^ 1]);
    return (walked || signs.first != NULL) ? "a set has not come to its end" : NULL;
}

status_t units_count_taken(status_t status) {
    __atomic_fetch_add(&taken, status == STATUS_OK, __ATOMIC_RELAXED);
    return status;
}

status_t units_take(instant_t deadline) {
    return units_count_taken(semaphore_take_until(&units, deadline));
}

status_t units_try_take(void) {
    return units_count_taken(semaphore_try_take(&units));
}

status_t units_give(void) {
    status_t status = semaphore_give(&units);
    __atomic_fetch_add(&given, status == STATUS_OK, __ATOMIC_RELAXED);
    return status;
}

void units_fill(unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        check(units_give() == STATUS_OK);
    }
}

static void peer_main(void *argument) {
    (void)argument;
    fact_set(FACT_PEER, units_take(peer_is_timed ? scene.peer_deadline : INSTANT_NEVER));
}

void peer_takes(unsigned level, bool timed) {
    peer_is_timed = timed;
    cast_spawn(ROLE_PEER, peer_main, level);
}

static void extra_main(void *argument) {
    (void)argument;
    fact_set(FACT_OTHER, units_take(INSTANT_NEVER));
}

void extra_takes(void) {
    const struct thread_attributes attributes = {.name = "extra", .priority = LEVEL_LOW_PEER};
    status_t status = thread_spawn(extra_main, NULL, &attributes, &scene.child);
    check(status == STATUS_OK);
}

/* --- Event flags --- */

static int32_t signs_seen(status_t status, uint64_t seen) {
    return status == STATUS_OK ? (int32_t)seen : UNSET;
}

status_t signs_wait(int32_t *seen, instant_t deadline) {
    uint64_t value = 0;
    status_t status =
        event_flags_wait_until(&signs, SIGN, EVENT_FLAGS_ANY | EVENT_FLAGS_CLEAR, &value, deadline);
    *seen = signs_seen(status, value);
    return status;
}

status_t signs_try(int32_t *seen) {
    uint64_t value = 0;
    status_t status =
        event_flags_try_wait(&signs, SIGN, EVENT_FLAGS_ANY | EVENT_FLAGS_CLEAR, &value);
    *seen = signs_seen(status, value);
    return status;
}

static struct { unsigned bits, mode; } peer_watch, extra_watch;

static void watching_peer(void *argument) {
    (void)argument;
    uint64_t seen = 0;
    instant_t deadline = peer_is_timed ? scene.peer_deadline : INSTANT_NEVER;
    status_t status =
        event_flags_wait_until(&signs, peer_watch.bits, peer_watch.mode, &seen, deadline);
    fact_set(FACT_PEER, status);
    fact_set(FACT_PEER_VALUE, signs_seen(status, seen));
}

void peer_watches(unsigned level, unsigned bits, unsigned mode, bool timed) {
    peer_is_timed = timed;
    peer_watch.bits = bits;
    peer_watch.mode = mode;
    cast_spawn(ROLE_PEER, watching_peer, level);
}

static void watching_extra(void *argument) {
    (void)argument;
    uint64_t seen = 0;
    status_t status = event_flags_wait(&signs, SIGN, extra_watch.mode, &seen);
    fact_set(FACT_OTHER, status == STATUS_OK ? (int32_t)seen : status);
}

void extra_watches(unsigned mode) {
    const struct thread_attributes attributes = {.name = "extra", .priority = LEVEL_LOW_PEER};
    extra_watch.mode = mode;
    status_t status = thread_spawn(watching_extra, NULL, &attributes, &scene.child);
    check(status == STATUS_OK);
}

/* --- A pool --- */

status_t blocks_take(unsigned who) {
    return pool_alloc(&blocks, &block_of[who]);
}

status_t blocks_give(unsigned who) {
    void *block = block_of[who];
    block_of[who] = NULL; /* first: from now on it may be another's */
    return pool_free(&blocks, block);
}

/* Known to several, each of whom may be the one who gives it back. */
status_t blocks_give_peers(void) {
    static void *peers;
    if (block_of[ROLE_PEER] != NULL) {
        peers = block_of[ROLE_PEER];
    }
    block_of[ROLE_PEER] = NULL;
    return pool_free(&blocks, peers);
}

int32_t blocks_out(void) {
    int32_t count = 0;
    for (uint64_t i = 0; i < blocks.fresh; i++) {
        count += blocks.links[i] == POOL_USED;
    }
    return count;
}

/* --- A barrier --- */

int32_t rounds_wait(instant_t deadline) {
    bool last = false;
    status_t status = barrier_wait_until(&rounds, &last, deadline);
    return status == STATUS_OK ? last : status;
}

static void coming_peer(void *argument) {
    (void)argument;
    fact_set(FACT_PEER, rounds_wait(peer_is_timed ? scene.peer_deadline : INSTANT_NEVER));
}

void peer_comes(unsigned level, bool timed) {
    peer_is_timed = timed;
    cast_spawn(ROLE_PEER, coming_peer, level);
}

static void coming_extra(void *argument) {
    (void)argument;
    fact_set(FACT_OTHER, rounds_wait(INSTANT_NEVER));
}

void extra_comes(void) {
    const struct thread_attributes attributes = {.name = "extra", .priority = LEVEL_LOW_PEER};
    status_t status = thread_spawn(coming_extra, NULL, &attributes, &scene.child);
    check(status == STATUS_OK);
}

/* --- Periods --- */

status_t misses_now(void) {
    const struct periodic_attributes attributes = {
        .first = {1}, .period = {FAR}, .deadline = {1}, .tells = &misses};
    status_t status = periodic_begin(&attributes);
    return status == STATUS_OK ? periodic_wait(NULL) : status;
}

static void told_peer(void *argument) {
    struct deadline_miss miss = {.count = 0};
    (void)argument;
    fact_set(FACT_PEER, miss_box_wait(&misses, &miss));
    fact_set(FACT_PEER_VALUE, (int32_t)miss.count);
}

void peer_is_told(unsigned level) {
    cast_spawn(ROLE_PEER, told_peer, level);
}
