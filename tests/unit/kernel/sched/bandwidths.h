/* SPDX-License-Identifier: MIT */
/* For tests of servers with a constant bandwidth, beside owners.h: one that is open, and those who run
 * beside its threads. */
#ifndef TESTS_UNIT_KERNEL_SCHED_BANDWIDTHS_H
#define TESTS_UNIT_KERNEL_SCHED_BANDWIDTHS_H

#include "kernel/sched/edf.h"
#include "tests/unit/kernel/sched/owners.h"

MAYBE_UNUSED static void open_bandwidth(struct server *opened, uint64_t budget, uint64_t period,
                                        bool goes_on) {
    struct server_attributes attributes = {.budget = {budget},
                                           .period = {period},
                                           .priority = LEVEL,
                                           .goes_on = goes_on,
                                           .bandwidth = true};
    EXPECT_EQ(server_open(opened, &attributes), STATUS_OK);
}

/* By a deadline of its own, at the level of the server. */
struct rival {
    uint64_t deadline;
    struct job job[3];
};

MAYBE_UNUSED static void rivals(void *argument) {
    struct rival *rival = argument;
    edf_set_deadline((instant_t){rival->deadline});
    does(rival->job);
}

MAYBE_UNUSED static instant_t deadline_of_server(void) {
    struct server_state state;
    EXPECT_EQ(server_get_state(&server, &state), STATUS_OK);
    return state.deadline;
}

MAYBE_UNUSED static void looks_at(uint64_t when, uint64_t deadline) {
    thread_sleep_until((instant_t){when});
    EXPECT_EQ(deadline_of_server().ticks, deadline);
}

#endif
