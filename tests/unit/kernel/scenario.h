/* SPDX-License-Identifier: MIT */
/*
 * Tests that run threads: a machine of their own, and a trace of letters in which the threads note
 * what happens, so that an order of events is a string. Expectations may fail inside threads.
 */
#ifndef TESTS_UNIT_KERNEL_SCENARIO_H
#define TESTS_UNIT_KERNEL_SCENARIO_H

#include "tests/invariants/invariants.c"
#include "tests/invariants/invariants_any.c"
#include "tests/invariants/invariants_periodic.c"
#include "tests/invariants/invariants_server.c"
#include "tests/invariants/invariants_sync.c"
#include "tests/invariants/invariants_turnstile.c"
#include "tests/sim/invariants.c"
#include "tests/sim/machine.c"
#include "tests/unit/test.h"

/* What happened, in order: one letter for each thing. */
static char trace[256];
static unsigned trace_length;

MAYBE_UNUSED static void note(char letter) {
    EXPECT(trace_length < sizeof(trace) - 1);
    trace[trace_length++] = letter;
    trace[trace_length] = '\0';
}

MAYBE_UNUSED static void run(thread_entry entry) {
    trace_length = 0;
    trace[0] = '\0';
    machine_reset();
    machine_run(entry, NULL, NULL);
}

MAYBE_UNUSED static struct thread_attributes at(uint8_t priority) {
    return (struct thread_attributes){.priority = priority};
}

/* Spawns, which must succeed. */
MAYBE_UNUSED static thread_id_t spawn(thread_entry entry, void *argument, uint8_t priority) {
    struct thread_attributes attributes = at(priority);
    thread_id_t id = THREAD_ID_NONE;
    EXPECT_EQ(thread_spawn(entry, argument, &attributes, &id), STATUS_OK);
    return id;
}

#endif
