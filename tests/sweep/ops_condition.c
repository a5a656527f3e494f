/* SPDX-License-Identifier: MIT */
/* Operations: conditions, with waiters, with the mutex owned or not, and in time or not. */
#include "tests/sweep/cast.h"

static void owns(void) {
    check(mutex_lock(&locks[0]) == STATUS_OK);
}

static void answer(status_t status) {
    fact_set(FACT_SUBJECT, status);
    if (status != STATUS_NOT_OWNER) {
        fact_set(FACT_VALUE, mutex_unlock(&locks[0]));
    }
}

static void wait(void) {
    answer(condition_wait(&changed, &locks[0]));
}

static void wait_until(void) {
    answer(condition_wait_until(&changed, &locks[0], scene.own_deadline));
}

static void wait_briefly(void) {
    instant_t deadline = instant_add(scene.start, (duration_t){BRIEF});
    answer(condition_wait_until(&changed, &locks[0], deadline));
}

static void release_signals(void) {
    condition_signal(&changed);
}

/* The mutex is owned while it signals: the waiter waits for that, too. */
static void release_signals_owning(void) {
    status_t status = mutex_lock(&locks[0]);
    condition_signal(&changed);
    if (status == STATUS_OK || status == STATUS_OWNER_DIED) {
        (void)!mutex_unlock(&locks[0]);
    }
}

static void release_closes_condition(void) {
    condition_close(&changed);
}

static void closed_before(void) {
    condition_close(&changed);
}

static void high_waiter(void) {
    peer_awaits(LEVEL_HIGH_PEER, false);
}

static void low_waiter(void) {
    peer_awaits(LEVEL_LOW_PEER, false);
}

static void timed_waiter(void) {
    peer_awaits(LEVEL_HIGH_PEER, true);
}

static void signal(void) {
    condition_signal(&changed);
}

static void broadcast(void) {
    fact_set(FACT_SUBJECT, condition_broadcast(&changed));
}

static void close(void) {
    fact_set(FACT_SUBJECT, condition_close(&changed));
}

static void init(void) {
    static struct condition other;
    fact_set(FACT_SUBJECT, condition_init(&other));
}

static const struct op condition_table[] = {
    {"condition_init", "condition", NULL, NULL, init, NULL, NULL, 0},
    {"await_signal", "condition", NULL, owns, wait, release_signals, NULL,
     OF_LOCKS | OP_WAITS | OP_LOOSE},
    {"await_signal_owning", "condition", NULL, owns, wait_until, release_signals_owning, NULL,
     OF_LOCKS | OP_DEADLINE | OP_WAITS | OP_LOOSE},
    {"await_close", "condition", NULL, owns, wait, release_closes_condition, NULL,
     OF_LOCKS | OP_WAITS | OP_LOOSE},
    {"await_closed", "condition", closed_before, owns, wait, NULL, NULL, OF_LOCKS | OP_LOOSE},
    {"await_times_out", "condition", NULL, owns, wait_briefly, release_spins, NULL,
     OF_LOCKS | OP_SPINS | OP_WAITS | OP_LOOSE},
    {"signal_nobody", "condition", NULL, NULL, signal, NULL, NULL, OF_LOCKS},
    {"signal_high", "condition", high_waiter, NULL, signal, NULL, NULL, OF_LOCKS},
    {"signal_timed", "condition", timed_waiter, NULL, signal, NULL, NULL, OF_LOCKS | OP_TIMED_PEER},
    {"signal_owning", "condition", high_waiter, owns, signal, NULL, NULL, OF_LOCKS | OP_ENDS},
    {"broadcast_owning", "condition", low_waiter, owns, broadcast, NULL, NULL,
     OF_LOCKS | OP_LOOSE | OP_ENDS},
    {"condition_close_waiter", "condition", timed_waiter, NULL, close, NULL, NULL,
     OF_LOCKS | OP_LOOSE | OP_TIMED_PEER},
};
OP_TABLE(condition);
