/* SPDX-License-Identifier: MIT */
/* Servers with a constant bandwidth: budgets used up, come back, postponed and lent; and threads that
 * are taken in and out, by themselves and by others that run by deadline. */
#include "kernel/sched/edf.h"
#include "kernel/sched/server.h"
#include "tests/evidence/puppets.h"

#define BUDGET 20000
#define PERIOD 100000
#define LEVEL  (EVIDENCE_ACTOR + 1)

static struct server server, lower;
static unsigned right;
static volatile bool stop;
static thread_id_t served;

static const struct server_attributes usual = {
    .budget = {BUDGET}, .period = {PERIOD}, .priority = LEVEL, .bandwidth = true};

static thread_id_t spawn_fp(thread_entry entry, unsigned priority) {
    struct thread_attributes attributes = {.priority = (uint8_t)priority, .fp = true};
    thread_id_t id = THREAD_ID_NONE;
    TAP_REQUIRE(thread_spawn(entry, NULL, &attributes, &id) == STATUS_OK, "a thread");
    return id;
}

static void works(void *argument) {
    (void)argument;
    while (!stop) {
    }
}

/* Some of each period. */
static void works_by_deadline(void *argument) {
    (void)argument;
    while (!stop) {
        edf_set_deadline(time_after((duration_t){PERIOD}));
        for (volatile unsigned i = 0; i < 500; i++) {
        }
        thread_sleep_ticks(PERIOD / 2);
    }
}

static void handles(void *argument) {
    (void)argument;
    uint64_t overruns;
    while (server_wait_overrun(&server, &overruns) == STATUS_OK) {
        right += overruns != 0;
    }
}

/* --- Used up ------------------------------------------------------------------------------------ */

/* Two that share a budget, beside one by a deadline of its own; one who is told, and one who has the
 * rest. */
static void uses_up(bool goes_on) {
    struct server_attributes attributes = usual;
    attributes.goes_on = goes_on;
    right = 0;
    stop = false;
    TAP_EQ(server_open(&server, &attributes), STATUS_OK, "a bandwidth");
    thread_id_t handler = spawn_fp(handles, EVIDENCE_PUPPET + 2);
    thread_id_t first = spawn_fp(works, LEVEL);
    thread_id_t second = spawn_fp(works, LEVEL);
    thread_id_t beside = spawn_fp(works_by_deadline, LEVEL);
    thread_id_t below = test_spawn_round_robin(works, NULL, EVIDENCE_BELOW);
    TAP_EQ(server_add(&server, first), STATUS_OK, "has a thread");
    TAP_EQ(server_add(&server, second), STATUS_OK, "and another");
    thread_sleep_ticks(UINT64_C(6) * PERIOD);
    struct server_state state;
    TAP_EQ(server_get_state(&server, &state), STATUS_OK, "it has a state");
    TAP_OK(right >= 3 && state.overruns == right, "and each overrun was told");
    stop = true;
    TAP_EQ(test_join(first) + test_join(second), 0, "both come to their ends");
    TAP_EQ(test_join(beside) + test_join(below), 0, "and all others");
    TAP_EQ(server_close(&server), STATUS_OK, "it is closed");
    test_join(handler);
}

static void bandwidth_throttles(void) {
    uses_up(false);
}

static void bandwidth_postpones(void) {
    uses_up(true);
}

/* --- Lent --------------------------------------------------------------------------------------- */

static struct mutex mutex;

static void owns(void *argument) {
    (void)argument;
    right += mutex_lock(&mutex) == STATUS_OK;
    while (!stop) {
    }
    right += mutex_unlock(&mutex) == STATUS_OK;
}

static void wants(void *argument) {
    (void)argument;
    thread_sleep_ticks(3 * BUDGET); /* so that more than a budget is owed */
    stop = true;
    right += mutex_lock(&mutex) == STATUS_OK;
    right += mutex_unlock(&mutex) == STATUS_OK;
}

/* The owner is throttled when it is wanted; and the same where it runs. */
static void bandwidth_lent(void) {
    TAP_REQUIRE(mutex_init(&mutex, NULL) == STATUS_OK, "a mutex");
    TAP_EQ(server_open(&server, &usual), STATUS_OK, "a bandwidth");
    for (unsigned wait = BUDGET / 2; wait <= 2 * BUDGET; wait += 3 * BUDGET / 2) {
        right = 0;
        stop = false;
        thread_id_t owner = spawn_fp(owns, LEVEL);
        TAP_EQ(server_add(&server, owner), STATUS_OK, "of the owner");
        thread_sleep_ticks(wait);
        thread_id_t waiter = spawn_fp(wants, EVIDENCE_PUPPET);
        test_join(waiter);
        test_join(owner);
        TAP_EQ(right, 4, "the mutex goes from hand to hand");
        thread_sleep_ticks(2 * PERIOD);
    }
    TAP_EQ(server_close(&server), STATUS_OK, "it is closed");
}

/* --- In and out --------------------------------------------------------------------------------- */

/* Itself, by its server's deadline, as the last. */
static void in_and_out(void *argument) {
    (void)argument;
    instant_t deadline;
    right += server_add(&server, thread_self()) == STATUS_OK;
    right += edf_set_deadline((instant_t){1}) == STATUS_UNSUPPORTED;
    right += edf_get_deadline(thread_self(), &deadline) == STATUS_OK;
    right += server_remove(thread_self()) == STATUS_OK;
}

/* By one that has a bandwidth as well: a throttled one above, which then runs at once. */
static void takes_out(void *argument) {
    (void)argument;
    right += server_add(&lower, thread_self()) == STATUS_OK;
    stop = true;
    right += server_remove(served) == STATUS_OK;
    right += server_remove(served) == STATUS_STALE;
}

/* By one who runs by deadline: one of its level, that is ready. */
static void waits(void *argument) {
    (void)argument;
    thread_sleep_ticks(BUDGET);
}

static void takes_in(void *argument) {
    (void)argument;
    served = spawn_fp(waits, LEVEL);
    edf_set_deadline(time_after((duration_t){PERIOD}));
    right += server_add(&server, served) == STATUS_OK;
    right += server_remove(served) == STATUS_OK;
    right += server_add(&server, served) == STATUS_OK;
    right += thread_suspend(served) == STATUS_OK;
    right += thread_resume(served) == STATUS_OK;
}

static void bandwidth_in_and_out(void) {
    right = 0;
    stop = false;
    TAP_EQ(server_open(&server, &usual), STATUS_OK, "a bandwidth");
    test_join(spawn_fp(in_and_out, LEVEL));
    TAP_EQ(right, 4, "one goes in and out");
    test_join(spawn_fp(takes_in, LEVEL));
    test_join(served);
    TAP_EQ(right, 9, "one is taken in");
    served = spawn_fp(works, LEVEL);
    TAP_EQ(server_add(&server, served), STATUS_OK, "of one who uses it up");
    thread_sleep_ticks(2 * BUDGET);
    struct server_attributes attributes = usual;
    attributes.priority = LEVEL - 1;
    TAP_EQ(server_open(&lower, &attributes), STATUS_OK, "another");
    test_join(spawn_fp(takes_out, LEVEL - 1));
    TAP_EQ(right, 12, "and is taken out");
    TAP_EQ(server_close(&lower), STATUS_OK, "the other is closed");
    test_join(served);
    TAP_EQ(server_close(&server), STATUS_OK, "it is closed");
}

static const struct scenario bandwidth_scenarios[] = {
    {"bandwidth_throttles", bandwidth_throttles},
    {"bandwidth_postpones", bandwidth_postpones},
    {"bandwidth_lent", bandwidth_lent},
    {"bandwidth_in_and_out", bandwidth_in_and_out},
};
SCENARIO_ROOM(bandwidth);
