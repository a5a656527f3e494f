/* SPDX-License-Identifier: MIT */
/* Operations: mutexes, alone, with an owner, with waiters, and in chains. */
#include "tests/sweep/cast.h"

static bool is_locked(status_t status) {
    return status == STATUS_OK || status == STATUS_OWNER_DIED;
}

static void answer(status_t status) {
    fact_set(FACT_SUBJECT, status);
    if (is_locked(status)) {
        fact_set(FACT_VALUE, mutex_unlock(&locks[0]));
    }
}

static void lock(void) {
    answer(mutex_lock(&locks[0]));
}

static void lock_until(void) {
    answer(mutex_lock_until(&locks[0], scene.own_deadline));
}

static void lock_briefly(void) {
    answer(mutex_lock_until(&locks[0], instant_add(scene.start, (duration_t){BRIEF})));
}

static void try_lock(void) {
    answer(mutex_try_lock(&locks[0]));
}

static void with_ceiling(void) {
    const struct mutex_attributes attributes = {.has_ceiling = true, .ceiling = LEVEL_TARGET};
    check(mutex_init(&locks[0], &attributes) == STATUS_OK);
}

static void recursive(void) {
    const struct mutex_attributes attributes = {.recursive = true};
    check(mutex_init(&locks[0], &attributes) == STATUS_OK);
}

static void closed_before(void) {
    mutex_close(&locks[0]);
}

static void owns(void) {
    check(mutex_lock(&locks[0]) == STATUS_OK);
}

static void lock_again(void) {
    answer(mutex_lock(&locks[0]));
}

/* --- Somebody owns it --- */

static void low_owner(void) {
    peer_owns(LEVEL_LOW_PEER);
}

static void high_owner(void) {
    peer_owns(LEVEL_HIGH_PEER);
}

static void child_ends_owning(void *argument) {
    (void)argument;
    check(mutex_lock(&locks[0]) == STATUS_OK);
}

static void dead_owner(void) {
    const struct thread_attributes attributes = {.name = "child", .priority = LEVEL_HIGH_PEER};
    check(thread_spawn(child_ends_owning, NULL, &attributes, &scene.child) == STATUS_OK);
}

/* The child owns locks[1] and waits for locks[0], which the peer owns. */
static void child_in_chain(void *argument) {
    (void)argument;
    check(mutex_lock(&locks[1]) == STATUS_OK);
    status_t status = mutex_lock(&locks[0]);
    fact_set(FACT_OTHER, status);
    if (is_locked(status)) {
        (void)!mutex_unlock(&locks[0]);
    }
    (void)!mutex_unlock(&locks[1]);
}

static void chain(void) {
    const struct thread_attributes attributes = {.name = "child", .priority = LEVEL_LOW_PEER};
    low_owner();
    check(thread_spawn(child_in_chain, NULL, &attributes, &scene.child) == STATUS_OK);
}

static void lock_chain(void) {
    status_t status = mutex_lock_until(&locks[1], scene.own_deadline);
    fact_set(FACT_SUBJECT, status);
    if (is_locked(status)) {
        fact_set(FACT_VALUE, mutex_unlock(&locks[1]));
    }
}

static void lock_chain_briefly(void) {
    instant_t deadline = instant_add(scene.start, (duration_t){BRIEF});
    fact_set(FACT_SUBJECT, mutex_lock_until(&locks[1], deadline));
}

static void set_priority_in_chain(void) {
    fact_set(FACT_SUBJECT, thread_set_priority(scene.child, LEVEL_HIGH_PEER));
}

/* --- The subject owns it, and others wait --- */

static void owns_high_waiter(void) {
    owns();
    peer_locks(LEVEL_HIGH_PEER, false);
}

static void owns_timed_waiter(void) {
    owns();
    peer_locks(LEVEL_HIGH_PEER, true);
}

static void unlock(void) {
    fact_set(FACT_SUBJECT, mutex_unlock(&locks[0]));
}

static void exits(void) {
    scene.done = true;
    thread_exit(7);
}

static void close(void) {
    fact_set(FACT_SUBJECT, mutex_close(&locks[0]));
}

static void init(void) {
    static struct mutex other;
    fact_set(FACT_SUBJECT, mutex_init(&other, NULL));
}

static void base_priority(void) {
    unsigned priority = 0;
    fact_set(FACT_SUBJECT, thread_get_base_priority(thread_self(), &priority));
    fact_set(FACT_VALUE, (int32_t)priority);
}

static const struct op mutex_table[] = {
    {"mutex_init", "mutex", NULL, NULL, init, NULL, NULL, 0},
    {"base_priority", "mutex", NULL, NULL, base_priority, NULL, NULL, 0},
    {"lock_free", "mutex", NULL, NULL, lock, NULL, NULL, OF_LOCKS},
    {"try_lock_free", "mutex", NULL, NULL, try_lock, NULL, NULL, OF_LOCKS},
    {"lock_again", "mutex", recursive, owns, lock_again, NULL, NULL, OF_LOCKS},
    {"lock_ceiling", "mutex", with_ceiling, NULL, lock, NULL, NULL, OF_LOCKS},
    {"lock_closed", "mutex", closed_before, NULL, lock, NULL, NULL, OF_LOCKS},
    {"lock_dead_owner", "mutex", dead_owner, NULL, lock, NULL, NULL, OF_LOCKS},
    {"try_lock_owned", "mutex", low_owner, NULL, try_lock, release_sends, NULL, OF_LOCKS},
    {"lock_low_owner", "mutex", low_owner, NULL, lock_until, release_sends, NULL,
     OF_LOCKS | OP_DEADLINE | OP_WAITS},
    {"lock_high_owner", "mutex", high_owner, NULL, lock, release_sends, NULL, OF_LOCKS | OP_WAITS},
    {"lock_times_out", "mutex", low_owner, NULL, lock_briefly, release_spins, NULL,
     OF_LOCKS | OP_SPINS | OP_WAITS},
    {"lock_chain", "mutex", chain, NULL, lock_chain, release_sends, NULL,
     OF_LOCKS | OP_DEADLINE | OP_WAITS},
    {"lock_chain_times_out", "mutex", chain, NULL, lock_chain_briefly, release_spins, NULL,
     OF_LOCKS | OP_SPINS | OP_WAITS},
    {"set_priority_in_chain", "mutex", chain, NULL, set_priority_in_chain, release_sends, NULL,
     OF_LOCKS},
    {"unlock", "mutex", NULL, owns, unlock, NULL, NULL, OF_LOCKS},
    {"unlock_high_waiter", "mutex", NULL, owns_high_waiter, unlock, NULL, NULL, OF_LOCKS},
    {"unlock_timed_waiter", "mutex", NULL, owns_timed_waiter, unlock, NULL, NULL,
     OF_LOCKS | OP_TIMED_PEER},
    {"exit_owning", "mutex", NULL, owns_timed_waiter, exits, NULL, NULL,
     OF_LOCKS | OP_TIMED_PEER | OP_ENDS},
    {"close_waiter", "mutex", NULL, owns_high_waiter, close, NULL, NULL, OF_LOCKS | OP_LOOSE},
};
OP_TABLE(mutex);
