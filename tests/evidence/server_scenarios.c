/* SPDX-License-Identifier: MIT */
/* Budgets used up, come back and lent; threads and idle that are counted; and what is refused. */
#include "kernel/sched/cpu_time.h"
#include "kernel/sched/server.h"
#include "tests/evidence/puppets.h"

#define BUDGET 3000
#define PERIOD 20000

static struct server server;
static struct server others[CONFIG_SERVERS];
static unsigned right;
static volatile bool stop;

static const struct server_attributes usual = {
    .budget = {BUDGET}, .period = {PERIOD}, .priority = EVIDENCE_PUPPET + 1};

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

static void ends(void *argument) {
    (void)argument;
}

/* --- Opening and closing ---------------------------------------------------------------------- */

static void opens_and_closes(void) {
    for (unsigned i = 0; i < CONFIG_SERVERS; i++) {
        right += server_open(&others[i], &usual) == STATUS_OK;
    }
    right += server_open(&server, &usual) == STATUS_NO_SLOT;
    for (unsigned i = 0; i < CONFIG_SERVERS; i++) {
        right += server_close(&others[i]) == STATUS_OK;
    }
}

static void refusals(void) {
    struct server_attributes wrong = usual;
    struct server_state state;
    right += server_open(NULL, &usual) == STATUS_INVALID_ARGUMENT;
    right += server_open(&server, NULL) == STATUS_INVALID_ARGUMENT;
    wrong.budget.ticks = 0;
    right += server_open(&server, &wrong) == STATUS_OUT_OF_RANGE;
    wrong.budget.ticks = PERIOD + 1;
    right += server_open(&server, &wrong) == STATUS_OUT_OF_RANGE;
    wrong = usual;
    wrong.period.ticks = SERVER_PERIOD_MAX + 1;
    right += server_open(&server, &wrong) == STATUS_OUT_OF_RANGE;
    wrong = usual;
    wrong.priority = THREAD_PRIORITY_MAX + 1;
    right += server_open(&server, &wrong) == STATUS_OUT_OF_RANGE;
    right += server_add(&server, thread_self()) == STATUS_CLOSED;
    right += server_add(&server, THREAD_ID_NONE) == STATUS_STALE;
    right += server_remove(THREAD_ID_NONE) == STATUS_STALE;
    right += server_remove(thread_self()) == STATUS_NOT_FOUND;
    right += server_get_state(&server, &state) == STATUS_CLOSED;
}

static void server_life(void) {
    right = 0;
    actor_run(opens_and_closes);
    TAP_EQ(right, 2 * CONFIG_SERVERS + 1, "as many as there may be, and no more");
    right = 0;
    refusals();
    TAP_EQ(right, 11, "what is wrong is refused");
}

/* --- Used up and come back --------------------------------------------------------------------- */

static void handles(void *argument) {
    (void)argument;
    uint64_t overruns;
    while (server_wait_overrun(&server, &overruns) == STATUS_OK) {
        right += overruns != 0;
    }
}

static void handler_ends(void) {
    right += server_close(&server) == STATUS_OK;
}

/* Two that share the budget; one who is told; and two below, who get the rest. */
static void server_overruns(void) {
    right = 0;
    stop = false;
    TAP_EQ(server_open(&server, &usual), STATUS_OK, "a server");
    thread_id_t handler = spawn_fp(handles, EVIDENCE_PUPPET + 2);
    thread_id_t first = spawn_fp(works, EVIDENCE_ACTOR);
    thread_id_t second = spawn_fp(works, EVIDENCE_ACTOR + 1);
    thread_id_t below = test_spawn_round_robin(works, NULL, EVIDENCE_BELOW);
    thread_id_t beside = test_spawn_round_robin(works, NULL, EVIDENCE_BELOW);
    TAP_EQ(server_add(&server, first), STATUS_OK, "has a thread");
    TAP_EQ(server_add(&server, second), STATUS_OK, "and another");
    TAP_EQ(server_add(&server, second), STATUS_BUSY, "once");
    TAP_EQ(server_add(&server, below), STATUS_UNSUPPORTED, "but no round-robin thread");
    TAP_EQ(thread_count_time(below), STATUS_OK, "which is counted");
    TAP_EQ(thread_count_time(handler), STATUS_OK, "as is the handler");
    thread_sleep_ticks(UINT64_C(6) * PERIOD);
    struct server_state state;
    TAP_EQ(server_get_state(&server, &state), STATUS_OK, "it has a state");
    TAP_OK(state.threads == 2 && state.overruns == right, "and each overrun was told");
    stop = true;
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
    TAP_EQ(server_open(&server, &usual), STATUS_OK, "a server");
    thread_id_t served = spawn_fp(works_in_pieces, EVIDENCE_ACTOR);
    TAP_EQ(server_add(&server, served), STATUS_OK, "has a thread");
    test_join(served);
    TAP_EQ(server_close(&server), STATUS_OK, "that has done its pieces");
}

/* Overruns are only told, and the thread goes on. */
static void server_goes_on(void) {
    struct server_attributes attributes = usual;
    attributes.goes_on = true;
    right = 0;
    stop = false;
    TAP_EQ(server_open(&server, &attributes), STATUS_OK, "a server");
    thread_id_t handler = spawn_fp(handles, EVIDENCE_PUPPET + 2);
    thread_id_t served = spawn_fp(works, EVIDENCE_ACTOR);
    TAP_EQ(server_add(&server, served), STATUS_OK, "has a thread");
    thread_sleep_ticks(UINT64_C(4) * PERIOD);
    stop = true;
    test_join(served);
    TAP_OK(right >= 4, "its overruns are told");
    TAP_EQ(server_close(&server), STATUS_OK, "it is closed");
    test_join(handler);
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
    stop = true;
    right += mutex_lock(&mutex) == STATUS_OK;
    right += mutex_unlock(&mutex) == STATUS_OK;
}

/* The owner is throttled when it is wanted; and the same where it runs. */
static void server_lent(void) {
    TAP_REQUIRE(mutex_init(&mutex, NULL) == STATUS_OK, "a mutex");
    TAP_EQ(server_open(&server, &usual), STATUS_OK, "a server");
    for (unsigned wait = BUDGET / 2; wait <= 2 * BUDGET; wait += 3 * BUDGET / 2) {
        right = 0;
        stop = false;
        thread_id_t owner = spawn_fp(owns, EVIDENCE_ACTOR);
        TAP_EQ(server_add(&server, owner), STATUS_OK, "has the owner");
        thread_sleep_ticks(wait);
        thread_id_t waiter = spawn_fp(wants, EVIDENCE_PUPPET);
        test_join(waiter);
        test_join(owner);
        TAP_EQ(right, 4, "the mutex goes from hand to hand");
        thread_sleep_ticks(2 * PERIOD);
    }
    TAP_EQ(server_close(&server), STATUS_OK, "it is closed");
}

/* --- Out of it ---------------------------------------------------------------------------------- */

static thread_id_t throttled;

static void removes_throttled(void) {
    stop = true;
    right += server_remove(throttled) == STATUS_OK; /* above: it runs at once, and ends */
    right += server_remove(throttled) == STATUS_STALE;
}

/* The overrun that was, and then it waits. */
static void waits_twice(void *argument) {
    (void)argument;
    uint64_t overruns;
    right += server_wait_overrun(&server, &overruns) == STATUS_OK;
    (void)!server_wait_overrun(&server, &overruns);
}

static void waiter_begin(void) {
    throttled = spawn_fp(waits_twice, EVIDENCE_PUPPET + 2);
}

static void in_and_out(void) {
    right += server_add(&server, thread_self()) == STATUS_OK;
    struct server_state state;
    right += server_get_state(&server, &state) == STATUS_OK;
    right += server_remove(thread_self()) == STATUS_OK;
}

static void in_and_out_alone(void *argument) {
    (void)argument;
    in_and_out();
}

static void server_out(void) {
    struct server_attributes attributes = usual;
    attributes.period.ticks = UINT64_C(1) << 40;
    attributes.priority = EVIDENCE_PUPPET;
    right = 0;
    stop = false;
    puppets_begin(); /* whose moments are all behind that which the server waits for */
    events_arm(time_after((duration_t){2 * attributes.period.ticks}), PERIOD, NULL, false);
    TAP_EQ(server_open(&server, &attributes), STATUS_OK, "a server");
    throttled = spawn_fp(works, EVIDENCE_ACTOR + 1);
    TAP_EQ(server_add(&server, throttled), STATUS_OK, "has a thread");
    thread_sleep_ticks(2 * BUDGET);
    actor_run(removes_throttled);
    TAP_EQ(right, 2, "a throttled one is taken out of it");
    test_join(throttled);
    waiter_begin();
    actor_run(handler_ends);
    TAP_EQ(right, 4, "it is closed, and who waited told");
    test_join(throttled);
    events_call_off();
    puppets_end();
    right = 0;
    TAP_EQ(server_open(&server, &usual), STATUS_OK, "and opened again, with all its budget");
    test_join(spawn_fp(in_and_out_alone, EVIDENCE_ACTOR));
    TAP_EQ(right, 3, "one goes in and out");
    TAP_EQ(server_close(&server), STATUS_OK, "it is closed");
}

/* --- Looking late ------------------------------------------------------------------------------- */

static status_t waited;

static void asks(void) {
    uint64_t overruns;
    waited = server_wait_overrun(&server, &overruns);
}

static void asks_alone(void *argument) {
    (void)argument;
    asks();
}

static void server_told(void) {
    stop = false;
    TAP_EQ(server_open(&server, &usual), STATUS_OK, "a server");
    thread_id_t served = spawn_fp(works, EVIDENCE_ACTOR);
    TAP_EQ(server_add(&server, served), STATUS_OK, "has a thread");
    thread_sleep_ticks(2 * BUDGET);
    actor_run(asks);
    TAP_EQ(waited, STATUS_OK, "an overrun is there already");
    stop = true;
    test_join(served);
    thread_id_t waiter = spawn_fp(asks_alone, EVIDENCE_ACTOR);
    thread_sleep_ticks(2000);
    asks();
    TAP_EQ(waited, STATUS_BUSY, "one waits at most");
    TAP_EQ(server_close(&server), STATUS_OK, "it is closed");
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
    right += thread_cpu_time(thread_self(), &ran) == STATUS_UNSUPPORTED;
    right += thread_count_time(thread_self()) == STATUS_OK;
    right += thread_cpu_time(thread_self(), &ran) == STATUS_OK;
    right += thread_cpu_time(THREAD_ID_NONE, &ran) == STATUS_STALE;
    right += thread_count_time(THREAD_ID_NONE) == STATUS_STALE;
    right += cpu_idle_time(&ran) == STATUS_OK;
    right += cpu_load(&window, &load) == STATUS_OK;
    window.begin.ticks = 0;
    right += cpu_load(&window, &load) == STATUS_OK;
}

static void counted_time(void) {
    duration_t idle;
    struct cpu_load window;
    unsigned load;
    right = 0;
    cpu_load_begin(&window);
    right += cpu_idle_time(&idle) == STATUS_UNSUPPORTED;
    right += cpu_load(&window, &load) == STATUS_UNSUPPORTED;
    actor_run(counts);
    thread_sleep_ticks(10000); /* to idle and back */
    TAP_EQ(right, 10, "each question is answered");
    thread_id_t fp = spawn_fp(ends, EVIDENCE_BELOW);
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
