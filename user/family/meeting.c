/* SPDX-License-Identifier: MIT */
/* Mailboxes and ports that a member makes, and their names, by which others find them. */
#include "user/family/family.h"
#include "user/lib/program.h"
#include "user/lib/spawn.h"
#include "user/lib/system.h"

/* A child finds one by its name, and sends there. */
void family_names(void) {
    const int64_t box = system_mailbox_create(8, 2);
    EXPECT(box > 0);
    const int64_t name =
        system_name_publish(NAMES, "family.post", (uint64_t)box, HANDLE_RIGHT_SEND);
    EXPECT(name > 0);
    const int64_t child = family_start("post", 0, PAGES_NEEDED);
    EXPECT(child > 0);
    EXPECT(system_mailbox_receive((uint64_t)box, NEVER) == STATUS_OK && MESSAGE == 43);
    EXPECT(spawn_wait((uint64_t)child, NEVER, NULL) == STATUS_OK);
    EXPECT(system_name_publish(NAMES, "family.post", (uint64_t)box, HANDLE_RIGHT_SEND) ==
           STATUS_BUSY);
    EXPECT(system_name_find(NAMES, "family.post", HANDLE_RIGHT_RECEIVE) == STATUS_DENIED);
    EXPECT(system_name_find(NAMES, "family.pos", HANDLE_RIGHT_SEND) == STATUS_NOT_FOUND);
    EXPECT(system_name_find(NAMES, "", HANDLE_RIGHT_SEND) == STATUS_MALFORMED);
    EXPECT(system_name_find(NAMES, "with space", HANDLE_RIGHT_SEND) == STATUS_MALFORMED);
    EXPECT(system_name_find(NAMES, "of.thirty-two.letters-in-all.all", 1) == STATUS_MALFORMED);
    EXPECT(system_name_find(LOG, "family.post", HANDLE_RIGHT_SEND) == STATUS_INVALID_ARGUMENT);
    EXPECT(system_name_publish(NAMES, "log", LOG, HANDLE_RIGHT_WRITE) == STATUS_INVALID_ARGUMENT);
    EXPECT(system_name_publish(NAMES, "more", (uint64_t)box, HANDLE_RIGHT_CLOSE) == STATUS_DENIED);
    EXPECT(system_mailbox_send((uint64_t)name, 0) == STATUS_INVALID_ARGUMENT); /* set aside */
    const int64_t found = system_name_find(NAMES, "family.post", HANDLE_RIGHT_SEND);
    EXPECT(found > 0);
    EXPECT(system_handle_close((uint64_t)name) == STATUS_OK);
    EXPECT(system_name_find(NAMES, "family.post", HANDLE_RIGHT_SEND) == STATUS_NOT_FOUND);
    EXPECT(system_mailbox_send((uint64_t)found, 0) == STATUS_OK);
    EXPECT(system_handle_close((uint64_t)box) == STATUS_OK);
    EXPECT(system_mailbox_send((uint64_t)found, NEVER) == STATUS_CLOSED);
    EXPECT(system_handle_close((uint64_t)found) == STATUS_OK);
}

/* A child finds a port by its name, and calls it. */
void family_ports(void) {
    struct system_message message = {{1, 2, 3, 4}, 0};
    const int64_t port = system_port_create();
    EXPECT(port > 0);
    EXPECT(system_port_receive((uint64_t)port, &message, 0) == STATUS_TIMED_OUT);
    EXPECT(system_port_call((uint64_t)port, &message, NEVER) == STATUS_DEADLOCK);
    EXPECT(system_port_reply((uint64_t)port, &message) == STATUS_STALE);
    const int64_t name =
        system_name_publish(NAMES, "family.desk", (uint64_t)port, HANDLE_RIGHT_SEND);
    EXPECT(name > 0);
    const int64_t child = family_start("call", 0, PAGES_NEEDED);
    EXPECT(child > 0);
    EXPECT(system_port_receive((uint64_t)port, &message, NEVER) == STATUS_OK);
    EXPECT(message.word[0] == 5 && message.word[3] == 8 && message.length == 16 && MESSAGE == 9);
    MESSAGE = 10;
    message = (struct system_message){{6, 7, 8, 9}, 16};
    EXPECT(system_port_answer((uint64_t)port, &message, family_soon(2)) == STATUS_TIMED_OUT);
    EXPECT(spawn_wait((uint64_t)child, NEVER, NULL) == STATUS_OK);
    EXPECT(system_handle_close((uint64_t)name) == STATUS_OK);
    EXPECT(system_handle_close((uint64_t)port) == STATUS_OK);
    EXPECT(system_port_receive((uint64_t)port, &message, 0) == STATUS_STALE);
}

void family_mailboxes(void) {
    EXPECT(system_mailbox_create(0, 1) == STATUS_OUT_OF_RANGE);
    EXPECT(system_mailbox_create(8, 0) == STATUS_OUT_OF_RANGE);
    EXPECT(system_mailbox_create(129, 1) == STATUS_OUT_OF_RANGE);
    EXPECT(system_mailbox_create(128, 17) == STATUS_OUT_OF_RANGE);
    EXPECT(system_mailbox_create(UINT64_C(1) << 63, 2) == STATUS_OUT_OF_RANGE);
    const int64_t box = system_mailbox_create(128, 16);
    EXPECT(box > 0);
    EXPECT(system_handle_duplicate((uint64_t)box, HANDLE_RIGHT_CLOSE) == STATUS_DENIED);
    EXPECT(system_handle_offer((uint64_t)box, HANDLE_RIGHT_CLOSE, MAILBOX) == STATUS_DENIED);
    EXPECT(family_try_handle((uint32_t)box, HANDLE_RIGHT_CLOSE) == STATUS_DENIED);
    int64_t boxes[64];
    unsigned count = 0;
    while ((boxes[count] = system_mailbox_create(8, 1)) > 0) {
        count++;
    }
    EXPECT(boxes[count] == STATUS_FULL && count > 20);
    while (count > 0) {
        EXPECT(system_handle_close((uint64_t)boxes[--count]) == STATUS_OK);
    }
    EXPECT(system_handle_close((uint64_t)box) == STATUS_OK);
}
