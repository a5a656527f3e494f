/* SPDX-License-Identifier: MIT */
/* Operations: servers with a constant bandwidth, at the subject's level, whose children stand there
 * as well; and what a thread does that runs by such a server's deadline. */
#include "kernel/sched/edf.h"
#include "tests/sweep/cast_server.h"

static struct server other; /* the operation's own */
static const struct server_attributes attributes = {
    .budget = {50}, .period = {FAR}, .priority = LEVEL_SUBJECT, .bandwidth = true};
static int32_t ran;

static void child_main(void *argument) {
    (void)argument;
    fact_set(FACT_OTHER, ++ran);
}

/* Uses up its budget before the subject begins, unless somebody takes it out. */
static void child_works(void *argument) {
    for (volatile unsigned i = 0; i < 400; i++) {
    }
    child_main(argument);
}

/* Runs by its own deadline, which is later than the server's; once it has said so. */
static void child_follows(void *argument) {
    edf_set_deadline((instant_t){4 * FAR});
    child_main(argument);
}

static void spawn(thread_entry entry) {
    const struct thread_attributes of_child = {.name = "child", .priority = LEVEL_SUBJECT};
    ran = 0;
    check(thread_spawn(entry, NULL, &of_child, &scene.child) == STATUS_OK);
}

static void throttled_child(void) {
    allowance_make_small();
    spawn(child_works);
    check(server_add(&allowance, scene.child) == STATUS_OK);
}

static void open_other(void) {
    check(server_open(&other, &attributes) == STATUS_OK);
}

static void close_other(void) {
    (void)!server_close(&other);
}

static void self_served(void) {
    (void)!server_add(&allowance, thread_self()); /* it may be in already: the attacker was early */
}

/* Both have arrived, and the subject is the first. */
static void both_served(void) {
    spawn(child_main);
    (void)!server_add(&allowance, scene.child);
    self_served();
}

/* Ready at the level, by a deadline that is later than the subject's. */
static void rival(void) {
    spawn(child_follows);
    edf_set_deadline((instant_t){FAR / 2});
}

static void served_beside_rival(void) {
    spawn(child_follows);
    self_served();
}

static void open(void) {
    fact_set(FACT_SUBJECT, server_open(&other, &attributes));
}

static void close(void) {
    fact_set(FACT_SUBJECT, server_close(&other));
}

static void add_child(void) {
    fact_set(FACT_SUBJECT, server_add(&allowance, scene.child));
}

static void add_self(void) {
    fact_set(FACT_SUBJECT, server_add(&allowance, thread_self()));
}

static void remove_child(void) {
    fact_set(FACT_SUBJECT, server_remove(scene.child));
}

static void remove_self(void) {
    fact_set(FACT_SUBJECT, server_remove(thread_self()));
}

static void get_state(void) {
    struct server_state state = {.threads = 77};
    fact_set(FACT_SUBJECT, server_get_state(&allowance, &state));
    fact_set(FACT_VALUE, (int32_t)state.threads);
}

static void wait_overrun(void) {
    uint64_t overruns = 77;
    fact_set(FACT_SUBJECT, server_wait_overrun(&allowance, &overruns));
    fact_set(FACT_VALUE, (int32_t)overruns);
}

static void release_closes_server(void) {
    fact_set(FACT_RELEASE, server_close(&allowance));
}

static void set_refused(void) {
    fact_set(FACT_SUBJECT, edf_set_deadline((instant_t){FAR}));
}

static void get(void) {
    instant_t deadline = {0};
    fact_set(FACT_SUBJECT, edf_get_deadline(scene.id[ROLE_SUBJECT], &deadline));
    fact_set(FACT_VALUE, deadline.ticks != 0);
}

static void yield(void) {
    thread_yield();
    fact_set(FACT_SUBJECT, STATUS_OK);
}

static void receive(void) {
    int32_t value;
    fact_set(FACT_SUBJECT, cast_receive(&value, INSTANT_NEVER));
    fact_set(FACT_VALUE, value);
}

static void suspend_child(void) {
    fact_set(FACT_SUBJECT, thread_suspend(scene.child));
}

static const struct op bandwidth_table[] = {
    {"bandwidth_open", "bandwidth", NULL, NULL, open, NULL, close_other, OF_BUDGET | OP_PACED},
    {"bandwidth_close", "bandwidth", open_other, NULL, close, NULL, close_other,
     OF_BUDGET | OP_PACED},
    {"bandwidth_add_child", "bandwidth", NULL, rival, add_child, NULL, NULL,
     OF_BUDGET | OP_PACED | OP_ORDERED | OP_SPINS},
    {"bandwidth_add_self", "bandwidth", NULL, NULL, add_self, NULL, NULL, OF_BUDGET | OP_PACED},
    {"bandwidth_add_self_beside", "bandwidth", NULL, rival, add_self, NULL, NULL,
     OF_BUDGET | OP_PACED | OP_ORDERED | OP_SPINS},
    {"bandwidth_remove_child", "bandwidth", NULL, both_served, remove_child, NULL, NULL,
     OF_BUDGET | OP_PACED | OP_SPINS},
    {"bandwidth_remove_throttled", "bandwidth", throttled_child, NULL, remove_child, NULL, NULL,
     OF_BUDGET | OP_PACED | OP_LOOSE},
    {"bandwidth_remove_self", "bandwidth", NULL, self_served, remove_self, NULL, NULL,
     OF_BUDGET | OP_PACED},
    {"bandwidth_remove_self_beside", "bandwidth", NULL, both_served, remove_self, NULL, NULL,
     OF_BUDGET | OP_PACED | OP_SPINS},
    {"bandwidth_get_state", "bandwidth", NULL, self_served, get_state, NULL, NULL,
     OF_BUDGET | OP_PACED},
    {"bandwidth_wait_overrun", "bandwidth", NULL, NULL, wait_overrun, release_closes_server, NULL,
     OF_BUDGET | OP_PACED | OP_WAITS},
    {"bandwidth_wait_overrun_told", "bandwidth", throttled_child, NULL, wait_overrun, NULL, NULL,
     OF_BUDGET | OP_PACED},
    {"bandwidth_edf_set", "bandwidth", NULL, self_served, set_refused, NULL, NULL,
     OF_BUDGET | OP_PACED},
    {"bandwidth_edf_get", "bandwidth", NULL, self_served, get, NULL, NULL, OF_BUDGET | OP_PACED},
    {"bandwidth_yield", "bandwidth", NULL, both_served, yield, NULL, NULL,
     OF_BUDGET | OP_PACED | OP_SPINS},
    {"bandwidth_receive", "bandwidth", NULL, self_served, receive, release_sends, NULL,
     OF_BUDGET | OP_PACED | OP_WAITS},
    {"bandwidth_receive_beside", "bandwidth", NULL, served_beside_rival, receive, release_sends,
     NULL, OF_BUDGET | OP_PACED | OP_WAITS},
    {"bandwidth_suspend_child", "bandwidth", NULL, both_served, suspend_child, NULL, NULL,
     OF_BUDGET | OP_PACED | OP_SPINS},
};
OP_TABLE(bandwidth);
