/* SPDX-License-Identifier: MIT */
/* See cast_port.h. */
#include "tests/sweep/cast_port.h"

struct port desk;
static bool peer_is_timed;

void desk_plan(void) {
    check(port_init(&desk) == STATUS_OK);
}

void desk_leave(void) {
    (void)port_close(&desk);
}

static void peer_serves(void *unused) {
    (void)unused;
    struct port_message message = {.word = {0}};
    int32_t served = 0;
    status_t status = port_receive_until(&desk, &message, INSTANT_NEVER);
    while (status == STATUS_OK) {
        served++;
        message.word[0] += 100;
        status = port_reply_receive_until(&desk, &message, INSTANT_NEVER);
    }
    fact_set(FACT_PEER, status);
    fact_set(FACT_PEER_VALUE, served);
}

void desk_served(unsigned level) {
    cast_spawn(ROLE_PEER, peer_serves, level);
}

static void peer_calls(void *unused) {
    (void)unused;
    struct port_message message = {.word = {1}};
    const instant_t deadline = peer_is_timed ? scene.peer_deadline : INSTANT_NEVER;
    fact_set(FACT_PEER, port_call_until(&desk, &message, deadline));
    fact_set(FACT_PEER_VALUE, (int32_t)message.word[0]);
}

void desk_called(unsigned level, bool timed) {
    peer_is_timed = timed;
    cast_spawn(ROLE_PEER, peer_calls, level);
}

static void extra_calls(void *unused) {
    (void)unused;
    struct port_message message = {.word = {2}};
    const status_t status = port_call_until(&desk, &message, INSTANT_NEVER);
    fact_set(FACT_OTHER, status == STATUS_OK ? (int32_t)message.word[0] : status);
}

void desk_called_too(void) {
    const struct thread_attributes attributes = {.name = "extra", .priority = LEVEL_HIGH_PEER};
    const status_t status = thread_spawn(extra_calls, NULL, &attributes, &scene.child);
    check(status == STATUS_OK);
}

status_t desk_call_briefly(void) {
    struct port_message message = {.word = {4}};
    return port_call_until(&desk, &message, instant_add(time_now(), (duration_t){BRIEF}));
}
