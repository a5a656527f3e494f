/* SPDX-License-Identifier: MIT */
/*
 * Operations: waiting for several objects, and serving who does. The objects are the scene's: its
 * semaphore, its event flags, its box; the target, whose end is waited for.
 */
#include "kernel/sync/wait_any.h"
#include "tests/sweep/cast_sync.h"

#define OF_ANY (OF_UNITS | OF_SIGNS)

enum { UNIT, MESSAGE, SIGNED, END };

/* What a wait for all of them has got, counted as each object's own calls count it: the place in the
 * list is the hundreds. */
static int32_t told(status_t status, unsigned which, struct wait_for *list,
                    const struct message *message) {
    if (status == STATUS_TIMED_OUT) {
        return status;
    }
    int32_t value = 0;
    switch (which) {
    case UNIT:
        (void)!units_count_taken(status);
        break;
    case MESSAGE:
        value = cast_count_received(status, message);
        break;
    case SIGNED:
        value = (int32_t)list[SIGNED].want.seen;
        break;
    default:
        value = (int32_t)list[END].exit_code;
    }
    return value == TORN ? TORN : (int32_t)which * 100 + (status == STATUS_OK ? value : status);
}

static int32_t wait_for_all(instant_t deadline, unsigned count) {
    struct message message;
    unsigned which = 9;
    struct wait_for list[] = {wait_for_unit(&units), wait_for_message(&box.mailbox, &message),
                              wait_for_events(&signs, SIGN, EVENT_FLAGS_ANY | EVENT_FLAGS_CLEAR),
                              wait_for_exit(scene.id[ROLE_TARGET])};
    status_t status = deadline.ticks == INSTANT_NEVER.ticks
                          ? wait_any(list, count, &which)
                          : wait_any_until(list, count, deadline, &which);
    return told(status, which, list, &message);
}

/* --- A peer that waits for the first three ------------------------------------------------------ */

static bool peer_has_deadline;

static void peer_main(void *argument) {
    (void)argument;
    fact_set(FACT_PEER, wait_for_all(peer_has_deadline ? scene.peer_deadline : INSTANT_NEVER, END));
}

static void peer_enters(unsigned level, bool timed) {
    peer_has_deadline = timed;
    cast_spawn(ROLE_PEER, peer_main, level);
}

static void high_peer(void) {
    peer_enters(LEVEL_HIGH_PEER, false);
}

static void low_peer(void) {
    peer_enters(LEVEL_LOW_PEER, false);
}

static void high_peer_timed(void) {
    peer_enters(LEVEL_HIGH_PEER, true);
}

static void low_peer_timed(void) {
    peer_enters(LEVEL_LOW_PEER, true);
}

static void peer_and_taker(void) {
    peer_enters(LEVEL_HIGH_PEER, true);
    extra_takes();
}

/* --- Before ------------------------------------------------------------------------------------- */

static void one_unit(void) {
    units_fill(1);
}

static void one_message(void) {
    box_fill(1);
}

static void one_sign(void) {
    check(event_flags_set(&signs, SIGN) == STATUS_OK);
}

static void closed_box(void) {
    (void)box_close(&box);
}

/* --- The operations ------------------------------------------------------------------------------ */

static void wait_all(void) {
    fact_set(FACT_SUBJECT, wait_for_all(scene.own_deadline, END + 1));
}

static void wait_for_ever(void) {
    fact_set(FACT_SUBJECT, wait_for_all(INSTANT_NEVER, END + 1));
}

static void wait_past(void) {
    fact_set(FACT_SUBJECT, wait_for_all((instant_t){1}, END + 1));
}

static void wait_briefly(void) {
    fact_set(FACT_SUBJECT, wait_for_all(instant_add(scene.start, (duration_t){BRIEF}), END + 1));
}

static void wait_moment(void) {
    unsigned which = 9;
    struct wait_for list[] = {wait_for_unit(&units),
                              wait_for_moment(instant_add(scene.start, (duration_t){BRIEF}))};
    status_t status = wait_any(list, 2, &which);
    if (which == UNIT) {
        (void)!units_count_taken(status);
    }
    fact_set(FACT_SUBJECT, status);
    fact_set(FACT_VALUE, (int32_t)which);
}

static void give(void) {
    fact_set(FACT_SUBJECT, units_give());
}

static void send(void) {
    fact_set(FACT_SUBJECT, cast_try_send(5));
}

static void set(void) {
    fact_set(FACT_SUBJECT, event_flags_set(&signs, SIGN));
}

static void close_units(void) {
    fact_set(FACT_SUBJECT, semaphore_close(&units));
}

static void raise_peer(void) {
    fact_set(FACT_SUBJECT, thread_set_priority(scene.id[ROLE_PEER], LEVEL_TARGET + 1));
}

static void release_gives(void) {
    fact_set(FACT_RELEASE, units_give());
}

static void release_sets(void) {
    fact_set(FACT_RELEASE, event_flags_set(&signs, SIGN));
}

static void release_closes_units(void) {
    fact_set(FACT_RELEASE, semaphore_close(&units));
}

static void release_ends_target(void) {
    target_tell('x');
}

/* Loose: each object is looked at in a step of its own, so what comes between two of them may be
 * found before what an earlier object got meanwhile. */
static const struct op any_table[] = {
    {"any_unit", "any", one_unit, NULL, wait_all, NULL, NULL, OF_ANY | OP_DEADLINE | OP_LOOSE},
    {"any_message", "any", one_message, NULL, wait_all, NULL, NULL,
     OF_ANY | OP_DEADLINE | OP_LOOSE},
    {"any_sign", "any", one_sign, NULL, wait_all, NULL, NULL, OF_ANY | OP_DEADLINE | OP_LOOSE},
    {"any_closed", "any", closed_box, NULL, wait_all, NULL, NULL, OF_ANY | OP_DEADLINE | OP_LOOSE},
    {"any_waits_unit", "any", NULL, NULL, wait_all, release_gives, NULL,
     OF_ANY | OP_DEADLINE | OP_WAITS | OP_LOOSE},
    {"any_waits_message", "any", NULL, NULL, wait_for_ever, release_sends, NULL,
     OF_ANY | OP_WAITS | OP_LOOSE},
    {"any_waits_sign", "any", NULL, NULL, wait_all, release_sets, NULL,
     OF_ANY | OP_DEADLINE | OP_LOOSE},
    {"any_waits_closed", "any", NULL, NULL, wait_all, release_closes_units, NULL,
     OF_ANY | OP_DEADLINE | OP_LOOSE},
    {"any_waits_end", "any", NULL, NULL, wait_all, release_ends_target, NULL,
     OF_ANY | OP_DEADLINE | OP_LOOSE},
    {"any_past", "any", NULL, NULL, wait_past, NULL, NULL, OF_ANY | OP_LOOSE},
    {"any_times_out", "any", NULL, NULL, wait_briefly, release_spins, NULL,
     OF_ANY | OP_SPINS | OP_WAITS | OP_LOOSE},
    {"any_moment", "any", NULL, NULL, wait_moment, release_spins, NULL,
     OF_ANY | OP_SPINS | OP_LOOSE},
    {"any_give_high", "any", high_peer, NULL, give, NULL, NULL, OF_ANY},
    {"any_give_low", "any", low_peer_timed, NULL, give, NULL, NULL, OF_ANY | OP_TIMED_PEER},
    {"any_send_high", "any", high_peer_timed, NULL, send, NULL, NULL, OF_ANY | OP_TIMED_PEER},
    {"any_send_low", "any", low_peer, NULL, send, NULL, NULL, OF_ANY},
    {"any_set_high", "any", high_peer, NULL, set, NULL, NULL, OF_ANY},
    {"any_set_low", "any", low_peer_timed, NULL, set, NULL, NULL, OF_ANY | OP_TIMED_PEER},
    {"any_close", "any", peer_and_taker, NULL, close_units, NULL, NULL,
     OF_ANY | OP_LOOSE | OP_TIMED_PEER},
    {"any_raise", "any", low_peer_timed, NULL, raise_peer, NULL, NULL,
     OF_ANY | OP_LOOSE | OP_TIMED_PEER},
};
OP_TABLE(any);
