/* SPDX-License-Identifier: MIT */
/* Operations: calls and replies, with a server above and below, with others who call, and none. */
#include "kernel/ipc/port.h"
#include "tests/sweep/cast_port.h"

static void call_to(instant_t deadline) {
    struct port_message message = {.word = {3}};
    fact_set(FACT_SUBJECT, port_call_until(&desk, &message, deadline));
    fact_set(FACT_VALUE, (int32_t)message.word[0]);
}

static void call(void) {
    call_to(scene.own_deadline);
}

static void call_for_ever(void) {
    call_to(INSTANT_NEVER);
}

static void call_briefly(void) {
    call_to(instant_add(scene.start, (duration_t){BRIEF}));
}

static void closed_before(void) {
    port_close(&desk);
}

static void serve_to(instant_t deadline) {
    struct port_message message = {.word = {0}};
    const status_t status = port_receive_until(&desk, &message, deadline);
    fact_set(FACT_SUBJECT, status);
    if (status == STATUS_OK) {
        message.word[0] += 100;
        fact_set(FACT_VALUE, port_reply(&desk, &message));
    }
}

static void serve(void) {
    serve_to(scene.own_deadline);
}

static void serve_briefly(void) {
    serve_to(instant_add(scene.start, (duration_t){BRIEF}));
}

/* What the subject has when it begins: a call of the peer's. */
static struct port_message held;

static void receives_high(void) {
    desk_called(LEVEL_HIGH_PEER, false);
    check(port_receive_until(&desk, &held, INSTANT_NEVER) == STATUS_OK);
}

static void receives_timed(void) {
    desk_called(LEVEL_HIGH_PEER, true);
    check(port_receive_until(&desk, &held, INSTANT_NEVER) == STATUS_OK);
}

static void receives_two(void) {
    receives_high();
    desk_called_too();
}

static void reply(void) {
    held.word[0] += 100;
    fact_set(FACT_SUBJECT, port_reply(&desk, &held));
}

static void reply_and_receive(void) {
    held.word[0] += 100;
    fact_set(FACT_SUBJECT, port_reply_receive_until(&desk, &held, (instant_t){1}));
    (void)port_reply(&desk, &held);
}

static void exits(void) {
    scene.done = true;
    thread_exit(7);
}

static void close(void) {
    fact_set(FACT_SUBJECT, port_close(&desk));
}

static void life(void) {
    struct port *other = NULL;
    const status_t status = port_create(&other);
    fact_set(FACT_SUBJECT, status);
    if (status == STATUS_OK) {
        port_destroy(other);
    }
}

/* Who is suspended within has not given it back. */
static void cleans(void) {
}

static void init(void) {
    static struct port other;
    fact_set(FACT_SUBJECT, port_init(&other));
}

static void high_server(void) {
    desk_served(LEVEL_HIGH_PEER);
}

static void low_server(void) {
    desk_served(LEVEL_LOW_PEER);
}

static void high_caller(void) {
    desk_called(LEVEL_HIGH_PEER, false);
}

static void low_caller(void) {
    desk_called(LEVEL_LOW_PEER, false);
}

static void release_calls(void) {
    struct port_message message = {.word = {5}};
    fact_set(FACT_RELEASE, port_call_until(&desk, &message, INSTANT_NEVER));
    fact_set(FACT_RELEASE_VALUE, (int32_t)message.word[0]);
}

static void release_serves(void) {
    struct port_message message = {.word = {0}};
    const status_t status = port_receive_until(&desk, &message, (instant_t){1});
    fact_set(FACT_RELEASE, status);
    if (status == STATUS_OK) {
        message.word[0] += 100;
        fact_set(FACT_RELEASE_VALUE, port_reply(&desk, &message));
    }
}

static void release_closes_desk(void) {
    fact_set(FACT_RELEASE, port_close(&desk));
}

static const struct op port_table[] = {
    {"port_init", "port", NULL, NULL, init, NULL, NULL, 0},
    {"port_life", "port", NULL, NULL, life, NULL, cleans, OP_MEMORY | OP_OWNS | OP_LOOSE},
    {"call_high_server", "port", high_server, NULL, call, release_closes_desk, NULL,
     OF_DESK | OP_DEADLINE | OP_LOOSE},
    {"call_low_server", "port", low_server, NULL, call_for_ever, release_closes_desk, NULL,
     OF_DESK | OP_LOOSE},
    {"call_no_server", "port", NULL, NULL, call, release_serves, NULL,
     OF_DESK | OP_DEADLINE | OP_WAITS | OP_LOOSE},
    {"call_times_out", "port", NULL, NULL, call_briefly, release_spins, NULL,
     OF_DESK | OP_SPINS | OP_WAITS},
    {"call_closed", "port", closed_before, NULL, call, NULL, NULL, OF_DESK},
    {"serve_high_caller", "port", high_caller, NULL, serve, release_closes_desk, NULL,
     OF_DESK | OP_DEADLINE | OP_LOOSE},
    {"serve_low_caller", "port", low_caller, NULL, serve, release_calls, NULL,
     OF_DESK | OP_DEADLINE | OP_WAITS | OP_LOOSE},
    {"serve_nobody", "port", NULL, NULL, serve, release_closes_desk, NULL,
     OF_DESK | OP_DEADLINE | OP_WAITS | OP_LOOSE},
    {"serve_times_out", "port", NULL, NULL, serve_briefly, release_spins, NULL,
     OF_DESK | OP_SPINS | OP_WAITS | OP_LOOSE},
    {"reply_high_caller", "port", NULL, receives_high, reply, NULL, NULL, OF_DESK},
    {"reply_timed_caller", "port", NULL, receives_timed, reply, NULL, NULL,
     OF_DESK | OP_TIMED_PEER},
    {"reply_of_two", "port", NULL, receives_two, reply_and_receive, release_closes_desk, NULL,
     OF_DESK | OP_LOOSE},
    {"exit_serving", "port", NULL, receives_two, exits, NULL, NULL, OF_DESK | OP_ENDS | OP_LOOSE},
    {"close_callers", "port", NULL, receives_two, close, NULL, NULL, OF_DESK | OP_LOOSE},
};
OP_TABLE(port);
