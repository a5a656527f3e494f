/* SPDX-License-Identifier: MIT */
/*
 * Mailboxes whose messages take longest to copy, between round-robin threads, while the deadline of
 * who is woken, or who waits, is the first of many.
 */
#include "arch/task_call.h"
#include "kernel/console/log.h"
#include "lib/string.h"
#include "tests/evidence/puppets.h"

static struct mailbox box;
static struct message box_storage[2];
static struct message message;
static status_t result;

static void box_prepare(unsigned capacity, unsigned filled) {
    TAP_REQUIRE(mailbox_init(&box, box_storage, sizeof box_storage, EVIDENCE_MESSAGE, capacity) ==
                    STATUS_OK,
                "a mailbox");
    for (unsigned i = 0; i < EVIDENCE_MESSAGE; i++) {
        message.byte[i] = (uint8_t)(i * 7);
    }
    for (unsigned i = 0; i < filled; i++) {
        TAP_REQUIRE(mailbox_try_send(&box, &message) == STATUS_OK, "a message");
    }
}

static uint64_t address(const void *object) {
    return (uint64_t)(uintptr_t)object;
}

/* --- Waking: the receiver's deadline is called off, and it runs at once ------------------------ */

static void tries_send(void) {
    result = mailbox_try_send(&box, &message);
}

static void sends_until(void) {
    result = mailbox_send_until(&box, &message, INSTANT_NEVER);
}

/* As it goes when the receiver came between the first look, which found no room, and the door. */
static void enters_send(void) {
    result = task_call_mailbox_send(address(&box), address(&message), UINT64_MAX);
}

static void wake_receiver(void (*act)(void)) {
    struct wait wait = {.kind = WAIT_RECEIVE, .box = &box};
    box_prepare(1, 0);
    events_arm_soon(&wait);
    result = STATUS_BUSY;
    actor_run(act);
    struct puppet *receiver = events_first();
    TAP_EQ(result, STATUS_OK, "sent");
    TAP_OK(!receiver->waits && receiver->result == STATUS_OK, "the receiver is woken");
    TAP_EQ(memcmp(&receiver->message, &message, sizeof message), 0, "and has the message");
    events_call_off();
}

/* --- Letting in: the message of a waiting sender enters the room that was made ----------------- */

static struct message received;

static void tries_receive(void) {
    result = mailbox_try_receive(&box, &received);
}

static void receives_until(void) {
    result = mailbox_receive_until(&box, &received, INSTANT_NEVER);
}

static void enters_receive(void) {
    result = task_call_mailbox_receive(address(&box), address(&received), UINT64_MAX);
}

static void let_sender_in(void (*act)(void)) {
    struct wait wait = {.kind = WAIT_SEND, .box = &box};
    box_prepare(1, 1);
    events_arm_soon(&wait);
    result = STATUS_BUSY;
    memset(&received, 0, sizeof received);
    actor_run(act);
    TAP_EQ(result, STATUS_OK, "received");
    TAP_EQ(memcmp(&received, &message, sizeof message), 0, "what was sent");
    TAP_OK(!events_first()->waits && events_first()->result == STATUS_OK, "the sender is woken");
    TAP_EQ(mailbox_count(&box), 1, "its message is in the mailbox");
    events_call_off();
}

static void ipc_wake(void) {
    puppets_begin();
    wake_receiver(tries_send);
    wake_receiver(sends_until);
    wake_receiver(enters_send);
    let_sender_in(tries_receive);
    let_sender_in(receives_until);
    let_sender_in(enters_receive);
    puppets_end();
}

/* --- Blocking: behind another of the same level, with a deadline before all others ---------------- */

static instant_t answered;

static void blocks_receive(void) {
    result = mailbox_receive_until(&box, &received, events_base());
    answered = time_now();
}

static void blocks_send(void) {
    result = mailbox_send_until(&box, &message, events_base());
    answered = time_now();
}

static void blocks_for_ever(void) {
    result = mailbox_receive_until(&box, &received, INSTANT_NEVER);
}

static void companion_receives(void *argument) {
    thread_exit(mailbox_receive_until(&box, argument, INSTANT_NEVER));
}

static void companion_sends(void *argument) {
    thread_exit(mailbox_send_until(&box, argument, INSTANT_NEVER));
}

static void block_deep(void (*act)(void), thread_entry companion, unsigned filled) {
    static struct message of_companion;
    box_prepare(1, filled);
    thread_id_t id = actor_spawn_like(companion, &of_companion);
    events_arm_soon(NULL);
    actor_run(act);
    TAP_EQ(result, STATUS_TIMED_OUT, "nothing came");
    TAP_OK(!instant_before(answered, events_base()), "until the deadline");
    events_pass();
    TAP_EQ(mailbox_close(&box), STATUS_OK, "closed");
    TAP_EQ(test_join(id), STATUS_CLOSED, "the other one waited on");
}

static void ipc_block_for_ever(void) {
    static struct message of_companion;
    box_prepare(1, 0);
    thread_id_t companion = actor_spawn_like(companion_receives, &of_companion);
    thread_sleep_us(10);
    thread_id_t actor = actor_begin(blocks_for_ever, 0, false);
    actor_go();
    TAP_EQ(mailbox_try_send(&box, &message), STATUS_OK, "for the companion");
    TAP_EQ(mailbox_try_send(&box, &message), STATUS_OK, "and for the actor");
    TAP_EQ(test_join(companion), STATUS_OK, "which has it");
    test_join(actor);
    TAP_EQ(result, STATUS_OK, "which has it, too");
}

static void ipc_block(void) {
    puppets_begin();
    block_deep(blocks_receive, companion_receives, 0);
    block_deep(blocks_send, companion_sends, 1);
    puppets_end();
}

/* --- Refusals, at the doors -------------------------------------------------------------------- */

static unsigned refusals;

static void refused(void) {
    const instant_t past = {0};
    refusals += mailbox_receive_until(&box, &received, past) == STATUS_TIMED_OUT;
    refusals += mailbox_try_receive(&box, &received) == STATUS_WOULD_BLOCK;
    refusals += mailbox_try_send(&box, &message) == STATUS_OK;
    refusals += mailbox_try_send(&box, &message) == STATUS_WOULD_BLOCK;
    refusals += mailbox_send_until(&box, &message, past) == STATUS_TIMED_OUT;
    refusals += mailbox_close(&box) == STATUS_OK;
    refusals += mailbox_close(&box) == STATUS_CLOSED;
    refusals += mailbox_try_send(&box, &message) == STATUS_CLOSED;
    refusals += mailbox_send_until(&box, &message, past) == STATUS_CLOSED;
    refusals += mailbox_try_receive(&box, &received) == STATUS_OK;
    refusals += mailbox_receive_until(&box, &received, past) == STATUS_CLOSED;
}

static void ipc_refusals(void) {
    box_prepare(1, 0);
    refusals = 0;
    actor_run(refused);
    TAP_EQ(refusals, 11, "each call is answered");
}

/* --- Closing: every puppet waits in the mailbox, and its deadline is the first of those left ---- */

static void closes(void) {
    result = mailbox_close(&box);
}

static void ipc_close(void) {
    struct wait wait = {.kind = WAIT_RECEIVE, .box = &box};
    puppets_begin();
    box_prepare(1, 0);
    events_arm(time_after(time_ms(1)), 1000, &wait, true);
    actor_run(closes);
    TAP_EQ(result, STATUS_OK, "closed");
    TAP_EQ(puppets_with(STATUS_CLOSED), PUPPETS, "all are told");
    puppets_end();
}

/* --- Making and destroying, told of in the log -------------------------------------------------- */

static void ipc_create(void) {
    struct mailbox *made = NULL;
    int level = log_threshold;
    log_set_level(LOG_LEVEL_TRACE);
    status_t status = mailbox_create(CONFIG_MAILBOX_MESSAGE_MAX, 1000, &made);
    TAP_REQUIRE(status == STATUS_OK, "created");
    mailbox_destroy(made);
    TAP_EQ(mailbox_create(CONFIG_MAILBOX_MESSAGE_MAX, UINT64_C(1) << 50, &made), STATUS_NO_MEMORY,
           "too large for the heap");
    log_set_level((enum log_level)level);
}

static const struct scenario ipc_scenarios[] = {
    {"ipc_wake", ipc_wake},   {"ipc_block_for_ever", ipc_block_for_ever},
    {"ipc_block", ipc_block}, {"ipc_refusals", ipc_refusals},
    {"ipc_close", ipc_close}, {"ipc_create", ipc_create},
};
SCENARIO_ROOM(ipc);
