/* SPDX-License-Identifier: MIT */
/* See ops_served.h. */
#include "tests/sweep/ops_served.h"

struct server served_other;

void served_close_other(void) {
    (void)!server_close(&served_other);
}

void served_self(void) {
    (void)!server_add(&allowance, thread_self()); /* it may be in already: the attacker was early */
}

void served_close(void) {
    fact_set(FACT_SUBJECT, server_close(&served_other));
}

void served_add_child(void) {
    fact_set(FACT_SUBJECT, server_add(&allowance, scene.child));
}

void served_add_self(void) {
    fact_set(FACT_SUBJECT, server_add(&allowance, thread_self()));
}

void served_remove_child(void) {
    fact_set(FACT_SUBJECT, server_remove(scene.child));
}

void served_remove_self(void) {
    fact_set(FACT_SUBJECT, server_remove(thread_self()));
}

void served_get_state(void) {
    struct server_state state = {.threads = 77};
    fact_set(FACT_SUBJECT, server_get_state(&allowance, &state));
    fact_set(FACT_VALUE, (int32_t)state.threads);
}

void served_wait_overrun(void) {
    uint64_t overruns = 77;
    fact_set(FACT_SUBJECT, server_wait_overrun(&allowance, &overruns));
    fact_set(FACT_VALUE, (int32_t)overruns);
}

void release_closes_server(void) {
    fact_set(FACT_RELEASE, server_close(&allowance));
}
