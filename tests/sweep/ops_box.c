/* SPDX-License-Identifier: MIT */
/* Operations: the life of mailboxes. */
#include "tests/sweep/cast.h"

#include "kernel/sched/sched.h"

static struct mailbox *made;

static void forgets(void) {
    made = NULL;
}

static void two_receivers(void) {
    peer_receives(LEVEL_HIGH_PEER, false);
    cast_spawn_extra(false);
}

static void two_senders(void) {
    box_fill(BOX_ROOM);
    peer_sends(LEVEL_SUBJECT, true);
    cast_spawn_extra(true);
}

static void equal_receiver_timed(void) {
    peer_receives(LEVEL_SUBJECT, true);
}

static void closed_before(void) {
    box_close(&box);
}

static void close(void) {
    fact_set(FACT_SUBJECT, box_close(&box));
}

static void create(void) {
    fact_set(FACT_SUBJECT, mailbox_create(24, 3, &made));
}

static void create_too_large(void) {
    fact_set(FACT_SUBJECT, mailbox_create(24, UINT64_C(1) << 40, &made));
}

static void creates(void) {
    check(mailbox_create(24, 3, &made) == STATUS_OK);
}

/* The child waits in the mailbox that is destroyed: it is woken, and does not touch it again. */
static void child_receives(void *argument) {
    uint8_t message[24];
    status_t status = mailbox_receive_until(argument, message, INSTANT_NEVER);
    fact_set(FACT_OTHER, status);
}

static void creates_with_waiter(void) {
    const struct thread_attributes attributes = {.name = "child", .priority = LEVEL_HIGH_PEER};
    creates();
    check(thread_spawn(child_receives, made, &attributes, &scene.child) == STATUS_OK);
}

static void destroy(void) {
    struct mailbox *mailbox = made;
    mailbox_destroy(mailbox);
    made = NULL;
    fact_set(FACT_SUBJECT, STATUS_OK);
}

static void cleans(void) {
    if (made != NULL) {
        mailbox_destroy(made);
    }
}

static void count(void) {
    fact_set(FACT_SUBJECT, (int32_t)box_count(&box));
}

static void one_message(void) {
    box_fill(1);
}

static void init(void) {
    static struct mailbox other;
    static uint8_t storage[48];
    fact_set(FACT_SUBJECT, mailbox_init(&other, storage, sizeof storage, 24, 2));
}

static const struct op box_table[] = {
    {"close_idle", "box", NULL, NULL, close, NULL, NULL, OP_LOOSE},
    {"close_again", "box", closed_before, NULL, close, NULL, NULL, 0},
    {"close_receiver", "box", equal_receiver_timed, NULL, close, NULL, NULL,
     OP_LOOSE | OP_TIMED_PEER},
    {"close_receivers", "box", two_receivers, NULL, close, NULL, NULL, OP_LOOSE},
    {"close_senders", "box", two_senders, NULL, close, NULL, NULL, OP_LOOSE | OP_TIMED_PEER},
    {"mailbox_create", "box", forgets, NULL, create, NULL, cleans, OP_MEMORY},
    {"mailbox_create_large", "box", forgets, NULL, create_too_large, NULL, cleans, OP_MEMORY},
    {"mailbox_destroy", "box", creates, NULL, destroy, NULL, cleans,
     OP_MEMORY | OP_LOOSE | OP_OWNS},
    {"mailbox_destroy_waiter", "box", creates_with_waiter, NULL, destroy, NULL, cleans,
     OP_MEMORY | OP_LOOSE | OP_OWNS},
    {"mailbox_count", "box", one_message, NULL, count, NULL, NULL, 0},
    {"mailbox_init", "box", NULL, NULL, init, NULL, NULL, 0},
};
OP_TABLE(box);
