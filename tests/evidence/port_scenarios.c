/* SPDX-License-Identifier: MIT */
/* Ports between round-robin threads, with as many bytes as there may be, while the deadline of who waits is the
 * first of many. */
#include "kernel/ipc/port.h"
#include "tests/evidence/puppets.h"

static struct port port;
static status_t result, second;

static uint8_t actor_bytes[PORT_BYTES_MAX], other_bytes[PORT_BYTES_MAX];

static struct port_message message_with(void *bytes) {
    return (struct port_message){.word = {1, 2, 3, 4}, .length = PORT_BYTES_MAX, .bytes = bytes};
}

static void prepare(void) {
    TAP_REQUIRE(port_init(&port) == STATUS_OK, "a port");
}

/* --- Waiting for a call, and for a reply --------------------------------------------------------- */

static void receives_in_vain(void) {
    struct port_message message = message_with(actor_bytes);
    result = port_receive_until(&port, &message, events_base());
}

static void calls_in_vain(void) {
    struct port_message message = message_with(actor_bytes);
    result = port_call_until(&port, &message, events_base());
}

static void answers_in_vain(void) {
    struct port_message message = message_with(actor_bytes);
    second = port_receive_until(&port, &message, (instant_t){0});
    result = port_reply_receive_until(&port, &message, events_base());
}

static void port_in_vain(void) {
    void (*const acts[])(void) = {calls_in_vain, receives_in_vain, answers_in_vain};
    puppets_begin();
    for (unsigned i = 0; i < ARRAY_SIZE(acts); i++) {
        prepare();
        events_arm(time_after(time_ms(1)), 1000, NULL, false);
        actor_run(acts[i]);
        TAP_EQ(result, STATUS_TIMED_OUT, "its time is up");
        events_call_off();
    }
    puppets_end();
}

/* --- With another thread ------------------------------------------------------------------------- */

static instant_t caller_deadline;
static status_t caller_result;

static void caller_main(void *unused) {
    (void)unused;
    struct port_message message = message_with(other_bytes);
    caller_result = port_call_until(&port, &message, caller_deadline);
}

static void server_main(void *unused) {
    (void)unused;
    struct port_message message = message_with(other_bytes);
    status_t status = port_receive_until(&port, &message, caller_deadline);
    while (status == STATUS_OK) {
        message = message_with(other_bytes);
        status = port_reply_receive_until(&port, &message, caller_deadline);
    }
    caller_result = status;
}

static void calls(void) {
    struct port_message message = message_with(actor_bytes);
    result = port_call_until(&port, &message, INSTANT_NEVER);
}

static void serves(void) {
    struct port_message message = message_with(actor_bytes);
    result = port_receive_until(&port, &message, INSTANT_NEVER);
    message = message_with(actor_bytes);
    second = port_reply(&port, &message);
}

static void serves_on(void) {
    struct port_message message = message_with(actor_bytes);
    result = port_receive_until(&port, &message, INSTANT_NEVER);
    message = message_with(actor_bytes);
    second = port_reply_receive_until(&port, &message, (instant_t){0});
}

static void serves_and_ends(void) {
    struct port_message message = message_with(actor_bytes);
    result = port_receive_until(&port, &message, INSTANT_NEVER);
}

static void closes(void) {
    result = port_close(&port);
}

/* The other one waits until the first of many moments while the actor acts. */
static void with(thread_entry entry, unsigned level, void (*act)(void)) {
    prepare();
    puppets_begin();
    events_arm(time_after(time_ms(2)), 1000, NULL, false);
    caller_deadline = events_base();
    const thread_id_t other = test_spawn(entry, NULL, level);
    thread_sleep_us(20);
    actor_run(act);
    (void)port_close(&port);
    test_join(other);
    events_call_off();
    puppets_end();
}

static void port_pairs(void) {
    with(caller_main, EVIDENCE_PUPPET, serves);
    TAP_OK(result == STATUS_OK && second == STATUS_OK && caller_result == STATUS_OK, "served");
    with(caller_main, EVIDENCE_PUPPET, serves_on);
    TAP_OK(result == STATUS_OK && second == STATUS_TIMED_OUT && caller_result == STATUS_OK,
           "served, and none comes after");
    with(caller_main, EVIDENCE_PUPPET, serves_and_ends);
    TAP_OK(result == STATUS_OK && caller_result == STATUS_CLOSED, "the server ends");
    with(caller_main, EVIDENCE_PUPPET, closes);
    TAP_OK(result == STATUS_OK && caller_result == STATUS_CLOSED, "closed with a caller");
    with(server_main, EVIDENCE_PUPPET, closes);
    TAP_OK(result == STATUS_OK && caller_result == STATUS_CLOSED, "closed with a server");
    with(server_main, EVIDENCE_PUPPET, calls);
    TAP_EQ(result, STATUS_OK, "called");
    with(server_main, EVIDENCE_BELOW, calls);
    TAP_EQ(result, STATUS_OK, "called who is lower");
}

/* --- Life, and what is refused ------------------------------------------------------------------- */

static struct port *created;

static void creates(void) {
    result = port_create(&created);
}

static void destroys(void) {
    port_destroy(created);
}

static void port_life(void) {
    actor_run(creates);
    TAP_EQ(result, STATUS_OK, "a port is made");
    actor_run(destroys);
    struct port_message message = message_with(actor_bytes);
    TAP_EQ(port_init(NULL), STATUS_INVALID_ARGUMENT, "no port");
    prepare();
    TAP_EQ(port_reply(&port, &message), STATUS_NOT_OWNER, "not the server");
    message.length = 1;
    TAP_EQ(port_reply(&port, &message), STATUS_OUT_OF_RANGE, "no such length");
    TAP_EQ(port_call_until(&port, &message, INSTANT_NEVER), STATUS_OUT_OF_RANGE, "to call, too");
    TAP_EQ(port_reply_receive_until(&port, &message, INSTANT_NEVER), STATUS_OUT_OF_RANGE,
           "and in both");
    TAP_EQ(port_close(&port), STATUS_OK, "closed");
    TAP_EQ(port_close(&port), STATUS_CLOSED, "once");
    message.length = 0;
    TAP_EQ(port_call_until(&port, &message, INSTANT_NEVER), STATUS_CLOSED, "nobody calls it");
    TAP_EQ(port_receive_until(&port, &message, INSTANT_NEVER), STATUS_CLOSED, "nor receives");
}

static const struct scenario port_scenarios[] = {
    {"port_in_vain", port_in_vain},
    {"port_pairs", port_pairs},
    {"port_life", port_life},
};
SCENARIO_ROOM(port);
