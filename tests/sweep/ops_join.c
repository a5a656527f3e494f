/* SPDX-License-Identifier: MIT */
/* Operations: ends, joins and detaching. */
#include "tests/sweep/cast.h"

static void child_main(void *argument) {
    (void)argument;
    thread_exit(9);
}

static void child_faults(void *argument) {
    (void)argument;
    cast_fault();
}

static void spawn(thread_entry entry, unsigned level, bool detached) {
    const struct thread_attributes attributes = {
        .name = "child", .priority = (uint8_t)level, .detached = detached};
    check(thread_spawn(entry, NULL, &attributes, &scene.child) == STATUS_OK);
}

/* These run above the subject, in the waiters' time: they have ended when it begins. */
static void ended_child(void) {
    spawn(child_main, LEVEL_HIGH_PEER, false);
}

static void faulted_child(void) {
    spawn(child_faults, LEVEL_HIGH_PEER, false);
}

/* Ready, but below: it ends when the subject waits. */
static void lower_child(void) {
    spawn(child_main, LEVEL_LOWERED, false);
}

static void lower_faulting_child(void) {
    spawn(child_faults, LEVEL_LOWERED, false);
}

static void lower_detached_child(void) {
    spawn(child_main, LEVEL_LOWERED, true);
}

static void join(thread_id_t id, instant_t deadline) {
    int64_t code = -1;
    status_t status = thread_join_until(id, &code, deadline);
    fact_set(FACT_SUBJECT, status);
    fact_set(FACT_VALUE, (int32_t)code);
}

static void join_child(void) {
    join(scene.child, scene.own_deadline);
}

static void join_child_for_ever(void) {
    join(scene.child, INSTANT_NEVER);
}

static void join_child_no_code(void) {
    fact_set(FACT_SUBJECT, thread_join(scene.child, NULL));
}

static void join_target(void) {
    join(scene.id[ROLE_TARGET], scene.own_deadline);
}

static void join_target_briefly(void) {
    join(scene.id[ROLE_TARGET], instant_add(scene.start, (duration_t){BRIEF}));
}

static void join_self(void) {
    join(thread_self(), INSTANT_NEVER);
}

static void join_stale(void) {
    join(THREAD_ID_NONE, INSTANT_NEVER);
}

static void release_ends_target(void) {
    target_tell('x');
}

static void release_faults_target(void) {
    target_tell('f');
}

static void exits(void) {
    scene.done = true;
    thread_exit(7);
}

static void target_joins(void) {
    target_tell('j');
}

static void faults(void) {
    scene.done = true;
    cast_fault();
}

static void detach(thread_id_t id) {
    fact_set(FACT_SUBJECT, thread_detach(id));
}

static void detach_child(void) {
    detach(scene.child);
}

static void detach_target(void) {
    detach(scene.id[ROLE_TARGET]);
}

static void detach_self(void) {
    detach(thread_self());
}

static const struct op join_table[] = {
    {"exit", "join", NULL, NULL, exits, NULL, NULL, 0},
    {"exit_joined", "join", NULL, target_joins, exits, NULL, NULL, 0},
    {"exit_detached", "join", NULL, detach_self, exits, NULL, NULL, 0},
    {"fault", "join", NULL, NULL, faults, NULL, NULL, OP_FAULTS},
    {"join_ended", "join", ended_child, NULL, join_child, NULL, NULL, OP_DEADLINE},
    {"join_faulted", "join", faulted_child, NULL, join_child_for_ever, NULL, NULL, 0},
    {"join_lower", "join", NULL, lower_child, join_child, NULL, NULL, OP_DEADLINE | OP_WAITS},
    {"join_lower_no_code", "join", NULL, lower_child, join_child_no_code, NULL, NULL, OP_WAITS},
    {"join_lower_fault", "join", NULL, lower_faulting_child, join_child, NULL, NULL,
     OP_DEADLINE | OP_FAULTS},
    {"join_detached", "join", NULL, lower_detached_child, join_child_for_ever, NULL, NULL, 0},
    {"join_target", "join", NULL, NULL, join_target, release_ends_target, NULL,
     OP_DEADLINE | OP_WAITS},
    {"join_target_fault", "join", NULL, NULL, join_target, release_faults_target, NULL,
     OP_DEADLINE | OP_FAULTS},
    {"join_times_out", "join", NULL, NULL, join_target_briefly, release_spins, NULL,
     OP_SPINS | OP_WAITS},
    {"join_self", "join", NULL, NULL, join_self, NULL, NULL, 0},
    {"join_stale", "join", NULL, NULL, join_stale, NULL, NULL, 0},
    {"detach_live", "join", NULL, lower_child, detach_child, NULL, NULL, 0},
    {"detach_ended", "join", ended_child, NULL, detach_child, NULL, NULL, 0},
    {"detach_detached", "join", NULL, lower_detached_child, detach_child, NULL, NULL, 0},
    {"detach_target", "join", NULL, NULL, detach_target, release_ends_target, NULL, 0},
    {"detach_self", "join", NULL, NULL, detach_self, NULL, NULL, 0},
};
OP_TABLE(join);
