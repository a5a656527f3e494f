/* SPDX-License-Identifier: MIT */
/* Operations: sending. */
#include "tests/sweep/cast.h"

static void fills(void) {
    box_fill(BOX_ROOM);
}

static void closed_before(void) {
    box_close(&box);
}

static void low_receiver(void) {
    peer_receives(LEVEL_LOW_PEER, false);
}

static void high_receiver(void) {
    peer_receives(LEVEL_HIGH_PEER, false);
}

static void equal_receiver(void) {
    peer_receives(LEVEL_SUBJECT, false);
}

static void equal_receiver_timed(void) {
    peer_receives(LEVEL_SUBJECT, true);
}

static void high_receiver_timed(void) {
    peer_receives(LEVEL_HIGH_PEER, true);
}

static void high_sender_and_full(void) {
    fills();
    peer_sends(LEVEL_HIGH_PEER, false);
}

static void low_sender_timed_and_full(void) {
    fills();
    peer_sends(LEVEL_SUBJECT, true);
}

static void try_send(void) {
    fact_set(FACT_SUBJECT, cast_try_send(1));
}

static void send(void) {
    fact_set(FACT_SUBJECT, cast_send(1, scene.own_deadline));
}

static void send_for_ever(void) {
    fact_set(FACT_SUBJECT, cast_send(1, INSTANT_NEVER));
}

static void send_past(void) {
    fact_set(FACT_SUBJECT, cast_send(1, (instant_t){1}));
}

static void send_briefly(void) {
    fact_set(FACT_SUBJECT, cast_send(1, instant_add(scene.start, (duration_t){BRIEF})));
}

static void send_ms(void) {
    const struct message message = message_of(1);
    fact_set(FACT_SUBJECT, cast_count_sent(box_send_ms(&box, &message, 1)));
}

static const struct op send_table[] = {
    {"try_send_room", "send", NULL, NULL, try_send, NULL, NULL, 0},
    {"try_send_full", "send", fills, NULL, try_send, NULL, NULL, 0},
    {"try_send_closed", "send", closed_before, NULL, try_send, NULL, NULL, 0},
    {"try_send_low_receiver", "send", low_receiver, NULL, try_send, NULL, NULL, 0},
    {"try_send_high_receiver", "send", high_receiver, NULL, try_send, NULL, NULL, 0},
    {"try_send_equal_timed", "send", equal_receiver_timed, NULL, try_send, NULL, NULL,
     OP_TIMED_PEER},
    {"try_send_high_timed", "send", high_receiver_timed, NULL, try_send, NULL, NULL, OP_TIMED_PEER},
    {"send_room", "send", NULL, NULL, send, NULL, NULL, OP_DEADLINE},
    {"send_low_receiver", "send", low_receiver, NULL, send, NULL, NULL, OP_DEADLINE},
    {"send_equal_receiver", "send", equal_receiver, NULL, send, NULL, NULL, OP_DEADLINE},
    {"send_high_timed", "send", high_receiver_timed, NULL, send, NULL, NULL,
     OP_DEADLINE | OP_TIMED_PEER},
    {"send_full", "send", fills, NULL, send, release_receives, NULL, OP_DEADLINE | OP_WAITS},
    {"send_full_for_ever", "send", fills, NULL, send_for_ever, release_receives, NULL, OP_WAITS},
    {"send_full_past", "send", fills, NULL, send_past, NULL, NULL, 0},
    {"send_full_closed", "send", fills, NULL, send, release_closes, NULL, OP_DEADLINE | OP_WAITS},
    {"send_full_high_sender", "send", high_sender_and_full, NULL, send, release_receives, NULL,
     OP_DEADLINE},
    {"send_full_low_sender", "send", low_sender_timed_and_full, NULL, send, release_receives, NULL,
     OP_DEADLINE | OP_TIMED_PEER},
    {"send_ms", "send", fills, NULL, send_ms, release_receives, NULL, 0},
    {"send_full_times_out", "send", fills, NULL, send_briefly, release_spins, NULL,
     OP_SPINS | OP_WAITS},
};
OP_TABLE(send);
