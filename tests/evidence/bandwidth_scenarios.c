/* SPDX-License-Identifier: MIT */
/* Servers with a constant bandwidth: budgets used up, come back, postponed and lent; and threads that
 * are taken in and out, by themselves and by others that run by deadline. */
#include "kernel/sched/edf.h"
#include "kernel/sched/server.h"
#include "tests/evidence/puppets.h"
#include "tests/evidence/served.h"

#define BUDGET 20000
#define PERIOD 100000
#define LEVEL  (EVIDENCE_ACTOR + 1)

static struct server lower;
static thread_id_t served;

static const struct server_attributes usual = {
    .budget = {BUDGET}, .period = {PERIOD}, .priority = LEVEL, .bandwidth = true};

/* Some of each period. */
static void works_by_deadline(void *argument) {
    (void)argument;
    while (!served_stop) {
        edf_set_deadline(time_after((duration_t){PERIOD}));
        for (volatile unsigned i = 0; i < 500; i++) {
        }
        thread_sleep_ticks(PERIOD / 2);
    }
}

/* --- Used up ------------------------------------------------------------------------------------ */

/* Two that share a budget, beside one by a deadline of its own; one who is told, and one who has the
 * rest. */
static void uses_up(bool goes_on) {
    struct server_attributes attributes = usual;
    attributes.goes_on = goes_on;
    served_right = 0;
    served_stop = false;
    TAP_EQ(server_open(&served_server, &attributes), STATUS_OK, "a bandwidth");
    thread_id_t handler = served_spawn(served_handles, EVIDENCE_PUPPET + 2);
    thread_id_t first = served_spawn(served_works, LEVEL);
    thread_id_t second = served_spawn(served_works, LEVEL);
    thread_id_t beside = served_spawn(works_by_deadline, LEVEL);
    thread_id_t below = test_spawn_round_robin(served_works, NULL, EVIDENCE_BELOW);
    TAP_EQ(server_add(&served_server, first), STATUS_OK, "has a thread");
    TAP_EQ(server_add(&served_server, second), STATUS_OK, "and another");
    thread_sleep_ticks(UINT64_C(6) * PERIOD);
    struct server_state state;
    TAP_EQ(server_get_state(&served_server, &state), STATUS_OK, "it has a state");
    TAP_OK(served_right >= 3 && state.overruns == served_right, "and each overrun was told");
    served_stop = true;
    TAP_EQ(test_join(first) + test_join(second), 0, "both come to their ends");
    TAP_EQ(test_join(beside) + test_join(below), 0, "and all others");
    TAP_EQ(server_close(&served_server), STATUS_OK, "it is closed");
    test_join(handler);
}

static void bandwidth_throttles(void) {
    uses_up(false);
}

static void bandwidth_postpones(void) {
    uses_up(true);
}

/* --- Lent --------------------------------------------------------------------------------------- */

static void bandwidth_lent(void) {
    served_lends(&usual, LEVEL, 3 * BUDGET); /* so that more than a budget is owed */
}

/* --- In and out --------------------------------------------------------------------------------- */

/* Itself, by its server's deadline, as the last. */
static void in_and_out(void *argument) {
    (void)argument;
    instant_t deadline;
    served_right += server_add(&served_server, thread_self()) == STATUS_OK;
    served_right += edf_set_deadline((instant_t){1}) == STATUS_UNSUPPORTED;
    served_right += edf_get_deadline(thread_self(), &deadline) == STATUS_OK;
    served_right += server_remove(thread_self()) == STATUS_OK;
}

/* By one that has a bandwidth as well: a throttled one above, which then runs at once. */
static void takes_out(void *argument) {
    (void)argument;
    served_right += server_add(&lower, thread_self()) == STATUS_OK;
    served_stop = true;
    served_right += server_remove(served) == STATUS_OK;
    served_right += server_remove(served) == STATUS_STALE;
}

/* By one who runs by deadline: one of its level, that is ready. */
static void waits(void *argument) {
    (void)argument;
    thread_sleep_ticks(BUDGET);
}

static void takes_in(void *argument) {
    (void)argument;
    served = served_spawn(waits, LEVEL);
    edf_set_deadline(time_after((duration_t){PERIOD}));
    served_right += server_add(&served_server, served) == STATUS_OK;
    served_right += server_remove(served) == STATUS_OK;
    served_right += server_add(&served_server, served) == STATUS_OK;
    served_right += thread_suspend(served) == STATUS_OK;
    served_right += thread_resume(served) == STATUS_OK;
}

static void bandwidth_in_and_out(void) {
    served_right = 0;
    served_stop = false;
    TAP_EQ(server_open(&served_server, &usual), STATUS_OK, "a bandwidth");
    test_join(served_spawn(in_and_out, LEVEL));
    TAP_EQ(served_right, 4, "one goes in and out");
    test_join(served_spawn(takes_in, LEVEL));
    test_join(served);
    TAP_EQ(served_right, 9, "one is taken in");
    served = served_spawn(served_works, LEVEL);
    TAP_EQ(server_add(&served_server, served), STATUS_OK, "of one who uses it up");
    thread_sleep_ticks(2 * BUDGET);
    struct server_attributes attributes = usual;
    attributes.priority = LEVEL - 1;
    TAP_EQ(server_open(&lower, &attributes), STATUS_OK, "another");
    test_join(served_spawn(takes_out, LEVEL - 1));
    TAP_EQ(served_right, 12, "and is taken out");
    TAP_EQ(server_close(&lower), STATUS_OK, "the other is closed");
    test_join(served);
    TAP_EQ(server_close(&served_server), STATUS_OK, "it is closed");
}

static const struct scenario bandwidth_scenarios[] = {
    {"bandwidth_throttles", bandwidth_throttles},
    {"bandwidth_postpones", bandwidth_postpones},
    {"bandwidth_lent", bandwidth_lent},
    {"bandwidth_in_and_out", bandwidth_in_and_out},
};
SCENARIO_ROOM(bandwidth);
