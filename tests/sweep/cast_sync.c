/* SPDX-License-Identifier: MIT */
/* Semaphores on the stage: a unit is neither lost nor doubled. */
#include "tests/sweep/cast_sync.h"

struct semaphore units;

static uint64_t given, taken;
static bool peer_is_timed;

void sync_plan(void) {
    check(semaphore_init(&units, 0, UNITS_MAX) == STATUS_OK);
    given = 0;
    taken = 0;
}

void sync_leave(void) {
    (void)semaphore_close(&units);
}

const char *sync_judge(void) {
    bool subject_died = (scene.action->flags & ACTION_ENDS_SUBJECT) != 0;
    bool adds_up = given - taken == semaphore_count(&units);
    return subject_died || units.closed || adds_up ? NULL : "a unit is lost or doubled";
}

status_t units_count_taken(status_t status) {
    __atomic_fetch_add(&taken, status == STATUS_OK, __ATOMIC_RELAXED);
    return status;
}

status_t units_take(instant_t deadline) {
    return units_count_taken(semaphore_take_until(&units, deadline));
}

status_t units_try_take(void) {
    return units_count_taken(semaphore_try_take(&units));
}

status_t units_give(void) {
    status_t status = semaphore_give(&units);
    __atomic_fetch_add(&given, status == STATUS_OK, __ATOMIC_RELAXED);
    return status;
}

void units_fill(unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        check(units_give() == STATUS_OK);
    }
}

static void peer_main(void *argument) {
    (void)argument;
    fact_set(FACT_PEER, units_take(peer_is_timed ? scene.peer_deadline : INSTANT_NEVER));
}

void peer_takes(unsigned level, bool timed) {
    peer_is_timed = timed;
    cast_spawn(ROLE_PEER, peer_main, level);
}

static void extra_main(void *argument) {
    (void)argument;
    fact_set(FACT_OTHER, units_take(INSTANT_NEVER));
}

void extra_takes(void) {
    const struct thread_attributes attributes = {.name = "extra", .priority = LEVEL_LOW_PEER};
    status_t status = thread_spawn(extra_main, NULL, &attributes, &scene.child);
    check(status == STATUS_OK);
}
