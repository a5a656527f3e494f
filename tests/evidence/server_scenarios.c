/* SPDX-License-Identifier: MIT */
/* Budgets used up, come back and lent; threads and idle that are counted; and what is refused. */
#include "kernel/sched/cpu_time.h"
#include "kernel/sched/server.h"
#include "tests/evidence/puppets.h"
#include "tests/evidence/served.h"

#define BUDGET 3000
#define PERIOD 20000

static struct server others[CONFIG_SERVERS];

static const struct server_attributes usual = {
    .budget = {BUDGET}, .period = {PERIOD}, .priority = EVIDENCE_PUPPET + 1};

static void ends(void *argument) {
    (void)argument;
}

/* --- Opening and closing ---------------------------------------------------------------------- */

static void opens_and_closes(void) {
    for (unsigned i = 0; i < CONFIG_SERVERS; i++) {
        served_right += server_open(&others[i], &usual) == STATUS_OK;
    }
    served_right += server_open(&served_server, &usual) == STATUS_NO_SLOT;
    for (unsigned i = 0; i < CONFIG_SERVERS; i++) {
        served_right += server_close(&others[i]) == STATUS_OK;
    }
}

static void refusals(void) {
    struct server_attributes wrong = usual;
    struct server_state state;
    served_right += server_open(NULL, &usual) == STATUS_INVALID_ARGUMENT;
    served_right += server_open(&served_server, NULL) == STATUS_INVALID_ARGUMENT;
    wrong.budget.ticks = 0;
    served_right += server_open(&served_server, &wrong) == STATUS_OUT_OF_RANGE;
    wrong.budget.ticks = PERIOD + 1;
    served_right += server_open(&served_server, &wrong) == STATUS_OUT_OF_RANGE;
    wrong = usual;
    wrong.period.ticks = SERVER_PERIOD_MAX + 1;
    served_right += server_open(&served_server, &wrong) == STATUS_OUT_OF_RANGE;
    wrong = usual;
    wrong.priority = THREAD_PRIORITY_MAX + 1;
    served_right += server_open(&served_server, &wrong) == STATUS_OUT_OF_RANGE;
    served_right += server_add(&served_server, thread_self()) == STATUS_CLOSED;
    served_right += server_add(&served_server, THREAD_ID_NONE) == STATUS_STALE;
    served_right += server_remove(THREAD_ID_NONE) == STATUS_STALE;
    served_right += server_remove(thread_self()) == STATUS_NOT_FOUND;
    served_right += server_get_state(&served_server, &state) == STATUS_CLOSED;
}

static void server_life(void) {
    served_right = 0;
    actor_run(opens_and_closes);
    TAP_EQ(served_right, 2 * CONFIG_SERVERS + 1, "as many as there may be, and no more");
    served_right = 0;
    refusals();
    TAP_EQ(served_right, 11, "what is wrong is refused");
}

/* --- Used up and come back --------------------------------------------------------------------- */

static void handler_ends(void) {
    served_right += server_close(&served_server) == STATUS_OK;
}

/* Two that share the budget; one who is told; and two below, who get the rest. */
static void server_overruns(void) {
    served_right = 0;
    served_stop = false;
    TAP_EQ(server_open(&served_server, &usual), STATUS_OK, "a server");
    thread_id_t handler = served_spawn(served_handles, EVIDENCE_PUPPET + 2);
    thread_id_t first = served_spawn(served_works, EVIDENCE_ACTOR);
    thread_id_t second = served_spawn(served_works, EVIDENCE_ACTOR + 1);
    thread_id_t below = test_spawn_round_robin(served_works, NULL, EVIDENCE_BELOW);
    thread_id_t beside = test_spawn_round_robin(served_works, NULL, EVIDENCE_BELOW);
    TAP_EQ(server_add(&served_server, first), STATUS_OK, "has a thread");
    TAP_EQ(server_add(&served_server, second), STATUS_OK, "and another");
    TAP_EQ(server_add(&served_server, second), STATUS_BUSY, "once");
    TAP_EQ(server_add(&served_server, below), STATUS_UNSUPPORTED, "but no round-robin thread");
    TAP_EQ(thread_count_time(below), STATUS_OK, "which is counted");
    TAP_EQ(thread_count_time(handler), STATUS_OK, "as is the handler");
    thread_sleep_ticks(UINT64_C(6) * PERIOD);
    struct server_state state;
    TAP_EQ(server_get_state(&served_server, &state), STATUS_OK, "it has a state");
    TAP_OK(state.threads == 2 && state.overruns == served_right, "and each overrun was told");
    served_stop = true;
    TAP_EQ(test_join(first) + test_join(second), 0, "both come to their ends");
    TAP_EQ(test_join(below) + test_join(beside), 0, "and all others");
    actor_run(handler_ends);
    test_join(handler);
}

/* A server whose pieces are many, small and in between; the thread ends within. */
static void works_in_pieces(void *argument) {
    (void)argument;
    for (unsigned i = 0; i < 40; i++) {
        thread_sleep_ticks(700);
        for (volatile unsigned j = 0; j < 10; j++) {
        }
    }
}

static void server_pieces(void) {
    TAP_EQ(server_open(&served_server, &usual), STATUS_OK, "a server");
    thread_id_t served = served_spawn(works_in_pieces, EVIDENCE_ACTOR);
    TAP_EQ(server_add(&served_server, served), STATUS_OK, "has a thread");
    test_join(served);
    TAP_EQ(server_close(&served_server), STATUS_OK, "that has done its pieces");
}

/* Overruns are only told, and the thread goes on. */
static void server_goes_on(void) {
    struct server_attributes attributes = usual;
    attributes.goes_on = true;
    served_right = 0;
    served_stop = false;
    TAP_EQ(server_open(&served_server, &attributes), STATUS_OK, "a server");
    thread_id_t handler = served_spawn(served_handles, EVIDENCE_PUPPET + 2);
    thread_id_t served = served_spawn(served_works, EVIDENCE_ACTOR);
    TAP_EQ(server_add(&served_server, served), STATUS_OK, "has a thread");
    thread_sleep_ticks(UINT64_C(4) * PERIOD);
    served_stop = true;
    test_join(served);
    TAP_OK(served_right >= 4, "its overruns are told");
    TAP_EQ(server_close(&served_server), STATUS_OK, "it is closed");
    test_join(handler);
}

/* --- Lent --------------------------------------------------------------------------------------- */

static void server_lent(void) {
    served_lends(&usual, EVIDENCE_ACTOR, 0);
}

/* --- Out of it ---------------------------------------------------------------------------------- */

static thread_id_t throttled;

static void removes_throttled(void) {
    served_stop = true;
    served_right += server_remove(throttled) == STATUS_OK; /* above: it runs at once, and ends */
    served_right += server_remove(throttled) == STATUS_STALE;
}

/* The overrun that was, and then it waits. */
static void waits_twice(void *argument) {
    (void)argument;
    uint64_t overruns;
    served_right += server_wait_overrun(&served_server, &overruns) == STATUS_OK;
    (void)!server_wait_overrun(&served_server, &overruns);
}

static void waiter_begin(void) {
    throttled = served_spawn(waits_twice, EVIDENCE_PUPPET + 2);
}

static void in_and_out(void) {
    served_right += server_add(&served_server, thread_self()) == STATUS_OK;
    struct server_state state;
    served_right += server_get_state(&served_server, &state) == STATUS_OK;
    served_right += server_remove(thread_self()) == STATUS_OK;
}

static void in_and_out_alone(void *argument) {
    (void)argument;
    in_and_out();
}

static void server_out(void) {
    struct server_attributes attributes = usual;
    attributes.period.ticks = UINT64_C(1) << 40;
    attributes.priority = EVIDENCE_PUPPET;
    served_right = 0;
    served_stop = false;
    puppets_begin(); /* whose moments are all behind that which the server waits for */
    events_arm(time_after((duration_t){2 * attributes.period.ticks}), PERIOD, NULL, false);
    TAP_EQ(server_open(&served_server, &attributes), STATUS_OK, "a server");
    throttled = served_spawn(served_works, EVIDENCE_ACTOR + 1);
    TAP_EQ(server_add(&served_server, throttled), STATUS_OK, "has a thread");
    thread_sleep_ticks(2 * BUDGET);
    actor_run(removes_throttled);
    TAP_EQ(served_right, 2, "a throttled one is taken out of it");
    test_join(throttled);
    waiter_begin();
    actor_run(handler_ends);
    TAP_EQ(served_right, 4, "it is closed, and who waited told");
    test_join(throttled);
    events_call_off();
    puppets_end();
    served_right = 0;
    TAP_EQ(server_open(&served_server, &usual), STATUS_OK, "and opened again, with all its budget");
    test_join(served_spawn(in_and_out_alone, EVIDENCE_ACTOR));
    TAP_EQ(served_right, 3, "one goes in and out");
    TAP_EQ(server_close(&served_server), STATUS_OK, "it is closed");
}

/* --- Looking late ------------------------------------------------------------------------------- */

static status_t waited;

static void asks(void) {
    uint64_t overruns;
    waited = server_wait_overrun(&served_server, &overruns);
}

static void asks_alone(void *argument) {
    (void)argument;
    asks();
}

static void server_told(void) {
    served_stop = false;
    TAP_EQ(server_open(&served_server, &usual), STATUS_OK, "a server");
    thread_id_t served = served_spawn(served_works, EVIDENCE_ACTOR);
    TAP_EQ(server_add(&served_server, served), STATUS_OK, "has a thread");
    thread_sleep_ticks(2 * BUDGET);
    actor_run(asks);
    TAP_EQ(waited, STATUS_OK, "an overrun is there already");
    served_stop = true;
    test_join(served);
    thread_id_t waiter = served_spawn(asks_alone, EVIDENCE_ACTOR);
    thread_sleep_ticks(2000);
    asks();
    TAP_EQ(waited, STATUS_BUSY, "one waits at most");
    TAP_EQ(server_close(&served_server), STATUS_OK, "it is closed");
    test_join(waiter);
    TAP_EQ(waited, STATUS_CLOSED, "which who waits is told");
    asks();
    TAP_EQ(waited, STATUS_CLOSED, "and who comes later");
}

/* --- Counting ----------------------------------------------------------------------------------- */

static void counts(void) {
    struct cpu_load window;
    unsigned load;
    duration_t ran;
    cpu_count_idle();
    cpu_load_begin(&window);
    served_right += thread_cpu_time(thread_self(), &ran) == STATUS_UNSUPPORTED;
    served_right += thread_count_time(thread_self()) == STATUS_OK;
    served_right += thread_cpu_time(thread_self(), &ran) == STATUS_OK;
    served_right += thread_cpu_time(THREAD_ID_NONE, &ran) == STATUS_STALE;
    served_right += thread_count_time(THREAD_ID_NONE) == STATUS_STALE;
    served_right += cpu_idle_time(&ran) == STATUS_OK;
    served_right += cpu_load(&window, &load) == STATUS_OK;
    window.begin.ticks = 0;
    served_right += cpu_load(&window, &load) == STATUS_OK;
}

static void counted_time(void) {
    duration_t idle;
    struct cpu_load window;
    unsigned load;
    served_right = 0;
    cpu_load_begin(&window);
    served_right += cpu_idle_time(&idle) == STATUS_UNSUPPORTED;
    served_right += cpu_load(&window, &load) == STATUS_UNSUPPORTED;
    actor_run(counts);
    thread_sleep_ticks(10000); /* to idle and back */
    TAP_EQ(served_right, 10, "each question is answered");
    thread_id_t fp = served_spawn(ends, EVIDENCE_BELOW);
    TAP_EQ(thread_count_time(fp), STATUS_OK, "one with registers is counted");
    test_join(fp);
}

static const struct scenario server_scenarios[] = {
    {"server_life", server_life},     {"server_overruns", server_overruns},
    {"server_pieces", server_pieces}, {"server_goes_on", server_goes_on},
    {"server_lent", server_lent},     {"server_out", server_out},
    {"server_told", server_told},     {"counted_time", counted_time},
};
SCENARIO_ROOM(server);
