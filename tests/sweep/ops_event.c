/* SPDX-License-Identifier: MIT */
/* Operations: event flags. A set is one step to all others: its outcomes are those of an order. */
#include "tests/sweep/cast_sync.h"

#define ANY  EVENT_FLAGS_ANY
#define ALL  EVENT_FLAGS_ALL
#define TAKE EVENT_FLAGS_CLEAR

static void set_before(void) {
    check(event_flags_set(&signs, SIGN) == STATUS_OK);
}

static void closed_before(void) {
    (void)event_flags_close(&signs);
}

static void high_watcher(void) {
    peer_watches(LEVEL_HIGH_PEER, SIGN, ANY | TAKE, false);
}

static void low_watcher(void) {
    peer_watches(LEVEL_LOW_PEER, SIGN, ANY, false);
}

static void equal_watcher(void) {
    peer_watches(LEVEL_SUBJECT, SIGN, ANY | TAKE, false);
}

static void high_watcher_timed(void) {
    peer_watches(LEVEL_HIGH_PEER, SIGN, ALL | TAKE, true);
}

static void low_watcher_timed(void) {
    peer_watches(LEVEL_LOW_PEER, SIGN, ANY, true);
}

static void unmet_watcher(void) {
    peer_watches(LEVEL_HIGH_PEER, SIGN | SIGN_OTHER, ALL, true);
}

static void two_watchers(void) {
    peer_watches(LEVEL_HIGH_PEER, SIGN, ANY, true);
    extra_watches(ANY | TAKE);
}

static void unmet_and_met(void) {
    peer_watches(LEVEL_HIGH_PEER, SIGN | SIGN_OTHER, ALL | TAKE, false);
    extra_watches(ANY);
}

static void set(void) {
    fact_set(FACT_SUBJECT, event_flags_set(&signs, SIGN));
}

static void clear(void) {
    fact_set(FACT_SUBJECT, event_flags_clear(&signs, SIGN));
}

static void try_wait(void) {
    int32_t seen;
    fact_set(FACT_SUBJECT, signs_try(&seen));
    fact_set(FACT_VALUE, seen);
}

static void wait_to(instant_t deadline) {
    int32_t seen;
    fact_set(FACT_SUBJECT, signs_wait(&seen, deadline));
    fact_set(FACT_VALUE, seen);
}

static void wait(void) {
    wait_to(scene.own_deadline);
}

static void wait_for_ever(void) {
    uint64_t seen = 0;
    fact_set(FACT_SUBJECT, event_flags_wait(&signs, SIGN, ALL, &seen));
    fact_set(FACT_VALUE, (int32_t)seen);
}

static void wait_past(void) {
    wait_to((instant_t){1});
}

static void wait_briefly(void) {
    wait_to(instant_add(scene.start, (duration_t){BRIEF}));
}

static void close(void) {
    fact_set(FACT_SUBJECT, event_flags_close(&signs));
}

static void value(void) {
    fact_set(FACT_SUBJECT, (int32_t)event_flags_value(&signs));
}

static void init(void) {
    static struct event_flags other;
    fact_set(FACT_SUBJECT, event_flags_init(&other, 1));
}

static void release_sets(void) {
    fact_set(FACT_RELEASE, event_flags_set(&signs, SIGN));
}

static void release_closes_signs(void) {
    fact_set(FACT_RELEASE, event_flags_close(&signs));
}

static const struct op event_table[] = {
    {"set_nobody", "event", NULL, NULL, set, NULL, NULL, OF_SIGNS},
    {"set_closed", "event", closed_before, NULL, set, NULL, NULL, OF_SIGNS},
    {"set_high_watcher", "event", high_watcher, NULL, set, NULL, NULL, OF_SIGNS},
    {"set_low_watcher", "event", low_watcher, NULL, set, NULL, NULL, OF_SIGNS},
    {"set_equal_watcher", "event", equal_watcher, NULL, set, NULL, NULL, OF_SIGNS},
    {"set_high_timed", "event", high_watcher_timed, NULL, set, NULL, NULL,
     OF_SIGNS | OP_TIMED_PEER},
    {"set_low_timed", "event", low_watcher_timed, NULL, set, NULL, NULL, OF_SIGNS | OP_TIMED_PEER},
    {"set_unmet", "event", unmet_watcher, NULL, set, NULL, NULL, OF_SIGNS | OP_TIMED_PEER},
    {"set_two", "event", two_watchers, NULL, set, NULL, NULL, OF_SIGNS | OP_TIMED_PEER | OP_WAITS},
    {"set_unmet_and_met", "event", unmet_and_met, NULL, set, NULL, NULL, OF_SIGNS | OP_WAITS},
    {"event_clear", "event", set_before, NULL, clear, NULL, NULL, OF_SIGNS},
    {"try_wait_met", "event", set_before, NULL, try_wait, NULL, NULL, OF_SIGNS},
    {"try_wait_unmet", "event", NULL, NULL, try_wait, NULL, NULL, OF_SIGNS},
    {"try_wait_closed", "event", closed_before, NULL, try_wait, NULL, NULL, OF_SIGNS},
    {"wait_met", "event", set_before, NULL, wait, NULL, NULL, OF_SIGNS | OP_DEADLINE},
    {"wait_unmet", "event", NULL, NULL, wait, release_sets, NULL,
     OF_SIGNS | OP_DEADLINE | OP_WAITS},
    {"wait_unmet_for_ever", "event", NULL, NULL, wait_for_ever, release_sets, NULL,
     OF_SIGNS | OP_WAITS},
    {"wait_unmet_past", "event", NULL, NULL, wait_past, NULL, NULL, OF_SIGNS},
    {"wait_unmet_closed", "event", NULL, NULL, wait, release_closes_signs, NULL,
     OF_SIGNS | OP_DEADLINE | OP_WAITS},
    {"wait_high_watcher", "event", high_watcher, NULL, wait, release_sets, NULL,
     OF_SIGNS | OP_DEADLINE},
    {"wait_times_out", "event", NULL, NULL, wait_briefly, release_spins, NULL,
     OF_SIGNS | OP_SPINS | OP_WAITS},
    {"event_close_idle", "event", set_before, NULL, close, NULL, NULL, OF_SIGNS | OP_LOOSE},
    {"event_close_again", "event", closed_before, NULL, close, NULL, NULL, OF_SIGNS},
    {"event_close_two", "event", two_watchers, NULL, close, NULL, NULL,
     OF_SIGNS | OP_LOOSE | OP_TIMED_PEER},
    {"event_value", "event", set_before, NULL, value, NULL, NULL, OF_SIGNS},
    {"event_init", "event", NULL, NULL, init, NULL, NULL, OF_SIGNS},
};
OP_TABLE(event);
