/* SPDX-License-Identifier: MIT */
/* Operations: suspending and resuming, oneself and others. */
#include "tests/sweep/cast_sync.h"

static void child_main(void *argument) {
    (void)argument;
    fact_set(FACT_OTHER, 1);
}

static void child_receives(void *argument) {
    int32_t value;
    (void)argument;
    fact_set(FACT_OTHER, cast_receive(&value, INSTANT_NEVER));
}

static void child_receives_briefly(void *argument) {
    int32_t value;
    (void)argument;
    fact_set(FACT_OTHER, cast_receive(&value, scene.peer_deadline));
}

static void spawn(thread_entry entry, unsigned level) {
    const struct thread_attributes attributes = {.name = "child", .priority = (uint8_t)level};
    check(thread_spawn(entry, NULL, &attributes, &scene.child) == STATUS_OK);
}

/* Ready, but below: it runs when the subject waits or ends. */
static void ready_child(void) {
    spawn(child_main, LEVEL_LOWERED);
}

static void waiting_child(void) {
    spawn(child_receives, LEVEL_HIGH_PEER);
}

static void timed_child(void) {
    spawn(child_receives_briefly, LEVEL_HIGH_PEER);
}

static void held_ready_child(void) {
    ready_child();
    check(thread_suspend(scene.child) == STATUS_OK);
}

static void held_high_child(void) {
    spawn(child_main, LEVEL_HIGH_PEER - 1);
    check(thread_suspend(scene.child) == STATUS_OK);
}

/* The driver is above: the child comes to its wait before anybody suspends it. */
static void suspend_child(void) {
    fact_set(FACT_SUBJECT, thread_suspend(scene.child));
}

static void resume_child(void) {
    fact_set(FACT_SUBJECT, thread_resume(scene.child));
}

static void holds_child(void) {
    (void)!thread_suspend(scene.child);
}

static void suspend_self(void) {
    fact_set(FACT_SUBJECT, thread_suspend(thread_self()));
}

static void suspend_stale(void) {
    fact_set(FACT_SUBJECT, thread_suspend(THREAD_ID_NONE));
}

static void release_resumes(void) {
    fact_set(FACT_RELEASE, thread_resume(scene.id[ROLE_SUBJECT]));
}

static const struct op suspend_table[] = {
    {"suspend_ready", "suspend", NULL, ready_child, suspend_child, NULL, NULL, OF_HELD},
    {"suspend_waiting", "suspend", waiting_child, NULL, suspend_child, NULL, NULL, OF_HELD},
    {"suspend_timed", "suspend", timed_child, NULL, suspend_child, NULL, NULL,
     OF_HELD | OP_TIMED_PEER},
    {"suspend_self", "suspend", NULL, NULL, suspend_self, release_resumes, NULL,
     OF_HELD | OP_WAITS},
    {"suspend_stale", "suspend", NULL, NULL, suspend_stale, NULL, NULL, OF_HELD},
    {"resume_ready", "suspend", NULL, held_ready_child, resume_child, NULL, NULL, OF_HELD},
    {"resume_high", "suspend", held_high_child, NULL, resume_child, NULL, NULL, OF_HELD},
    {"resume_waiting", "suspend", waiting_child, holds_child, resume_child, NULL, NULL, OF_HELD},
    {"resume_timed", "suspend", timed_child, holds_child, resume_child, NULL, NULL,
     OF_HELD | OP_TIMED_PEER},
    {"resume_other", "suspend", waiting_child, NULL, resume_child, NULL, NULL, OF_HELD},
};
OP_TABLE(suspend);
