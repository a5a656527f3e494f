/* SPDX-License-Identifier: MIT */
/* Changing priorities: of oneself, of a ready thread, of one that waits. */
#include "kernel/ipc/mailbox_type.h"
#include "tests/qemu/groups.h"

#define MAIN CONFIG_MAIN_PRIORITY

MAILBOX_TYPE(letter_box, char)

static void adds_letter(void *argument) {
    const char *letter = argument;
    trace_add(*letter);
}

static void set_main(unsigned priority) {
    TAP_REQUIRE(thread_set_priority(thread_self(), priority) == STATUS_OK,
                "main's priority is set");
}

static void priority_lower_self(void) {
    static char letters[] = "ab";
    thread_id_t a = test_spawn(adds_letter, &letters[0], MAIN - 1);
    thread_id_t b = test_spawn(adds_letter, &letters[1], MAIN - 3);
    trace_add('1');
    set_main(MAIN - 2);
    trace_add('2');
    set_main(MAIN);
    trace_add('3');
    test_join(a);
    test_join(b);
    TAP_TEXT(trace_text(), "1a23b", "what is higher now runs at once, what is not waits");
}

static void priority_lower_self_to_equal(void) {
    static char letter = 'a';
    thread_id_t a = test_spawn(adds_letter, &letter, MAIN - 1);
    trace_add('1');
    set_main(MAIN - 1);
    trace_add('2');
    thread_yield();
    trace_add('3');
    set_main(MAIN);
    test_join(a);
    TAP_TEXT(trace_text(), "12a3", "the running thread stays the oldest of its new level");
}

static void priority_raise_ready(void) {
    static char letters[] = "ab";
    thread_id_t a = test_spawn(adds_letter, &letters[0], MAIN - 2);
    thread_id_t b = test_spawn(adds_letter, &letters[1], MAIN - 1);
    trace_add('1');
    TAP_EQ(thread_set_priority(a, MAIN + 1), STATUS_OK, "a ready thread is raised above main");
    trace_add('2');
    TAP_EQ(thread_set_priority(b, MAIN), STATUS_OK, "another to main's level");
    trace_add('3');
    thread_yield();
    trace_add('4');
    test_join(a);
    test_join(b);
    TAP_TEXT(trace_text(), "1a23b4", "above runs at once, equal in its turn");
}

static void priority_reorder_ready(void) {
    static char letters[] = "abc";
    thread_id_t ids[3];
    for (unsigned i = 0; i < 3; i++) {
        ids[i] = test_spawn(adds_letter, &letters[i], MAIN - 2);
    }
    TAP_EQ(thread_set_priority(ids[2], MAIN - 1), STATUS_OK, "the last is raised");
    TAP_EQ(thread_set_priority(ids[0], MAIN - 3), STATUS_OK, "the first is lowered");
    for (unsigned i = 0; i < 3; i++) {
        test_join(ids[i]);
    }
    TAP_TEXT(trace_text(), "cba", "ready threads run by their new priorities");
}

static struct letter_box box;
static char box_storage[4];

static void receives_then_adds(void *argument) {
    const char *name = argument;
    char letter;
    status_t status = letter_box_recv(&box, &letter);
    trace_add(status == STATUS_OK ? *name : '!');
}

static void priority_of_waiter(void) {
    static char names[] = "abc";
    thread_id_t ids[3];
    unsigned priority = 0;
    TAP_REQUIRE(letter_box_init(&box, box_storage, 4) == STATUS_OK, "a mailbox is made");
    for (unsigned i = 0; i < 3; i++) {
        ids[i] = test_spawn(receives_then_adds, &names[i], MAIN + 5);
    }
    TAP_EQ(thread_set_priority(ids[2], MAIN + 6), STATUS_OK, "the youngest waiter is raised");
    TAP_EQ(thread_get_priority(ids[2], &priority), STATUS_OK, "and asked");
    TAP_EQ(priority, MAIN + 6, "what it has now");
    TAP_EQ(thread_set_priority(ids[0], MAIN + 4), STATUS_OK, "the oldest is lowered");
    for (unsigned i = 0; i < 3; i++) {
        TAP_EQ(letter_box_try_send(&box, &(char){'x'}), STATUS_OK, "a message");
    }
    for (unsigned i = 0; i < 3; i++) {
        test_join(ids[i]);
    }
    TAP_TEXT(trace_text(), "cba", "they are served by their new priorities");
}

static void priority_refused(void) {
    unsigned priority = 0;
    TAP_EQ(thread_set_priority(thread_self(), 64), STATUS_OUT_OF_RANGE, "set_priority: 64");
    TAP_EQ(thread_set_priority(thread_self(), UINT32_MAX), STATUS_OUT_OF_RANGE,
           "set_priority: 2^32 - 1");
    TAP_EQ(thread_set_priority(THREAD_ID_NONE, 1), STATUS_STALE, "set_priority: nobody");
    TAP_EQ(thread_get_priority(thread_self(), &priority), STATUS_OK, "main can be asked");
    TAP_EQ(priority, MAIN, "and is as before");
}

static const struct test_case priority_cases[] = {
    {"priority_lower_self", priority_lower_self, TEST_ALWAYS},
    {"priority_lower_self_to_equal", priority_lower_self_to_equal, TEST_ALWAYS},
    {"priority_raise_ready", priority_raise_ready, TEST_ALWAYS},
    {"priority_reorder_ready", priority_reorder_ready, TEST_ALWAYS},
    {"priority_of_waiter", priority_of_waiter, TEST_ALWAYS},
    {"priority_refused", priority_refused, TEST_ALWAYS},
};
TEST_GROUP(priority);
