/* SPDX-License-Identifier: MIT */
/* Operations: servers with a constant bandwidth, at the subject's level, whose children stand there
 * as well; and what a thread does that runs by such a server's deadline. */
#include "kernel/sched/edf.h"
#include "tests/sweep/ops_served.h"

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
    check(server_open(&served_other, &attributes) == STATUS_OK);
}

/* Both have arrived, and the subject is the first. */
static void both_served(void) {
    spawn(child_main);
    (void)!server_add(&allowance, scene.child);
    served_self();
}

/* Ready at the level, by a deadline that is later than the subject's. */
static void rival(void) {
    spawn(child_follows);
    edf_set_deadline((instant_t){FAR / 2});
}

static void served_beside_rival(void) {
    spawn(child_follows);
    served_self();
}

static void open(void) {
    fact_set(FACT_SUBJECT, server_open(&served_other, &attributes));
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
    {"bandwidth_open", "bandwidth", NULL, NULL, open, NULL, served_close_other,
     OF_BUDGET | OP_PACED},
    {"bandwidth_close", "bandwidth", open_other, NULL, served_close, NULL, served_close_other,
     OF_BUDGET | OP_PACED},
    {"bandwidth_add_child", "bandwidth", NULL, rival, served_add_child, NULL, NULL,
     OF_BUDGET | OP_PACED | OP_ORDERED | OP_SPINS},
    {"bandwidth_add_self", "bandwidth", NULL, NULL, served_add_self, NULL, NULL,
     OF_BUDGET | OP_PACED},
    {"bandwidth_add_self_beside", "bandwidth", NULL, rival, served_add_self, NULL, NULL,
     OF_BUDGET | OP_PACED | OP_ORDERED | OP_SPINS},
    {"bandwidth_remove_child", "bandwidth", NULL, both_served, served_remove_child, NULL, NULL,
     OF_BUDGET | OP_PACED | OP_SPINS},
    {"bandwidth_remove_throttled", "bandwidth", throttled_child, NULL, served_remove_child, NULL,
     NULL, OF_BUDGET | OP_PACED | OP_LOOSE},
    {"bandwidth_remove_self", "bandwidth", NULL, served_self, served_remove_self, NULL, NULL,
     OF_BUDGET | OP_PACED},
    {"bandwidth_remove_self_beside", "bandwidth", NULL, both_served, served_remove_self, NULL, NULL,
     OF_BUDGET | OP_PACED | OP_SPINS},
    {"bandwidth_get_state", "bandwidth", NULL, served_self, served_get_state, NULL, NULL,
     OF_BUDGET | OP_PACED},
    {"bandwidth_wait_overrun", "bandwidth", NULL, NULL, served_wait_overrun, release_closes_server,
     NULL, OF_BUDGET | OP_PACED | OP_WAITS},
    {"bandwidth_wait_overrun_told", "bandwidth", throttled_child, NULL, served_wait_overrun, NULL,
     NULL, OF_BUDGET | OP_PACED},
    {"bandwidth_edf_set", "bandwidth", NULL, served_self, set_refused, NULL, NULL,
     OF_BUDGET | OP_PACED},
    {"bandwidth_edf_get", "bandwidth", NULL, served_self, get, NULL, NULL, OF_BUDGET | OP_PACED},
    {"bandwidth_yield", "bandwidth", NULL, both_served, yield, NULL, NULL,
     OF_BUDGET | OP_PACED | OP_SPINS},
    {"bandwidth_receive", "bandwidth", NULL, served_self, receive, release_sends, NULL,
     OF_BUDGET | OP_PACED | OP_WAITS},
    {"bandwidth_receive_beside", "bandwidth", NULL, served_beside_rival, receive, release_sends,
     NULL, OF_BUDGET | OP_PACED | OP_WAITS},
    {"bandwidth_suspend_child", "bandwidth", NULL, both_served, suspend_child, NULL, NULL,
     OF_BUDGET | OP_PACED | OP_SPINS},
};
OP_TABLE(bandwidth);
