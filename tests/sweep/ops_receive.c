/* SPDX-License-Identifier: MIT */
/* Operations: receiving. */
#include "tests/sweep/cast.h"

static void one_message(void) {
    box_fill(1);
}

static void fills(void) {
    box_fill(BOX_ROOM);
}

static void closed_before(void) {
    box_close(&box);
}

static void closed_with_messages(void) {
    fills();
    box_close(&box);
}

static void high_sender(void) {
    fills();
    peer_sends(LEVEL_HIGH_PEER, false);
}

static void low_sender(void) {
    fills();
    peer_sends(LEVEL_LOW_PEER, false);
}

static void equal_sender(void) {
    fills();
    peer_sends(LEVEL_SUBJECT, false);
}

static void high_sender_timed(void) {
    fills();
    peer_sends(LEVEL_HIGH_PEER, true);
}

static void equal_sender_timed(void) {
    fills();
    peer_sends(LEVEL_SUBJECT, true);
}

static void high_receiver(void) {
    peer_receives(LEVEL_HIGH_PEER, false);
}

static void equal_receiver_timed(void) {
    peer_receives(LEVEL_SUBJECT, true);
}

static void try_receive(void) {
    int32_t value;
    fact_set(FACT_SUBJECT, cast_try_receive(&value));
    fact_set(FACT_VALUE, value);
}

static void receive_to(instant_t deadline) {
    int32_t value;
    fact_set(FACT_SUBJECT, cast_receive(&value, deadline));
    fact_set(FACT_VALUE, value);
}

static void receive(void) {
    receive_to(scene.own_deadline);
}

static void receive_for_ever(void) {
    receive_to(INSTANT_NEVER);
}

static void receive_past(void) {
    receive_to((instant_t){1});
}

static void receive_briefly(void) {
    receive_to(instant_add(scene.start, (duration_t){BRIEF}));
}

static void receive_us(void) {
    struct message message;
    status_t status = box_recv_us(&box, &message, 1000);
    int32_t value = cast_count_received(status, &message);
    fact_set(FACT_SUBJECT, status);
    fact_set(FACT_VALUE, value);
}

static const struct op receive_table[] = {
    {"try_receive_one", "receive", one_message, NULL, try_receive, NULL, NULL, 0},
    {"try_receive_empty", "receive", NULL, NULL, try_receive, NULL, NULL, 0},
    {"try_receive_closed", "receive", closed_before, NULL, try_receive, NULL, NULL, 0},
    {"try_receive_rest", "receive", closed_with_messages, NULL, try_receive, NULL, NULL, 0},
    {"try_receive_low_sender", "receive", low_sender, NULL, try_receive, NULL, NULL, 0},
    {"try_receive_high_sender", "receive", high_sender, NULL, try_receive, NULL, NULL, 0},
    {"try_receive_equal_timed", "receive", equal_sender_timed, NULL, try_receive, NULL, NULL,
     OP_TIMED_PEER},
    {"try_receive_high_timed", "receive", high_sender_timed, NULL, try_receive, NULL, NULL,
     OP_TIMED_PEER},
    {"receive_one", "receive", one_message, NULL, receive, NULL, NULL, OP_DEADLINE},
    {"receive_equal_sender", "receive", equal_sender, NULL, receive, NULL, NULL, OP_DEADLINE},
    {"receive_high_timed", "receive", high_sender_timed, NULL, receive, NULL, NULL,
     OP_DEADLINE | OP_TIMED_PEER},
    {"receive_empty", "receive", NULL, NULL, receive, release_sends, NULL, OP_DEADLINE | OP_WAITS},
    {"receive_empty_for_ever", "receive", NULL, NULL, receive_for_ever, release_sends, NULL,
     OP_WAITS},
    {"receive_empty_past", "receive", NULL, NULL, receive_past, NULL, NULL, 0},
    {"receive_empty_closed", "receive", NULL, NULL, receive, release_closes, NULL,
     OP_DEADLINE | OP_WAITS},
    {"receive_high_receiver", "receive", high_receiver, NULL, receive, release_sends, NULL,
     OP_DEADLINE},
    {"receive_low_receiver", "receive", equal_receiver_timed, NULL, receive, release_sends, NULL,
     OP_DEADLINE | OP_TIMED_PEER},
    {"receive_us", "receive", NULL, NULL, receive_us, release_sends, NULL, 0},
    {"receive_times_out", "receive", NULL, NULL, receive_briefly, release_spins, NULL,
     OP_SPINS | OP_WAITS},
};
OP_TABLE(receive);
