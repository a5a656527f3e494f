/* SPDX-License-Identifier: MIT */
/* Deadlines of waits: past, now, far; on time and never early; and none that outlives its wait. */
#include "kernel/ipc/mailbox_type.h"
#include "tests/qemu/groups.h"

#define MAIN       CONFIG_MAIN_PRIORITY
#define LATE_LIMIT 1000 /* instructions */

MAILBOX_TYPE(letter_box, char)
MAILBOX_STATIC(letter_box, box, 1);

static void box_reset(void) {
    TAP_REQUIRE(letter_box_init(&box, box_storage, 1) == STATUS_OK, "a mailbox is made");
}

static const instant_t past = {0};
static const instant_t almost_never = {UINT64_MAX - 1};

static void timeouts_past(void) {
    char letter = 'x';
    box_reset();
    TAP_EQ(letter_box_recv_until(&box, &letter, past), STATUS_TIMED_OUT, "recv: past, empty");
    TAP_EQ(letter_box_recv_until(&box, &letter, time_now()), STATUS_TIMED_OUT, "recv: now, empty");
    TAP_EQ(letter_box_recv_ticks(&box, &letter, 0), STATUS_TIMED_OUT, "recv: zero ticks");
    TAP_EQ(letter_box_recv_us(&box, &letter, 0), STATUS_TIMED_OUT, "recv: zero us");
    TAP_EQ(letter_box_recv_ms(&box, &letter, 0), STATUS_TIMED_OUT, "recv: zero ms");
    TAP_EQ(letter_box_send_until(&box, &letter, past), STATUS_OK, "send: past, but room");
    TAP_EQ(letter_box_send_until(&box, &letter, past), STATUS_TIMED_OUT, "send: past, full");
    TAP_EQ(letter_box_send_ticks(&box, &letter, 0), STATUS_TIMED_OUT, "send: zero ticks");
    TAP_EQ(letter_box_send_us(&box, &letter, 0), STATUS_TIMED_OUT, "send: zero us");
    TAP_EQ(letter_box_send_ms(&box, &letter, 0), STATUS_TIMED_OUT, "send: zero ms");
    TAP_EQ(letter_box_recv_until(&box, &letter, past), STATUS_OK, "recv: past, but a message");
    TAP_EQ(letter_box_count(&box), 0, "timed out sends sent nothing");
}

static void timeouts_on_time(void) {
    static const uint64_t delays_us[] = {1, 5, 20, 100, 1000};
    char letter = 'x';
    uint64_t latest = 0;
    unsigned early = 0;
    box_reset();
    for (unsigned i = 0; i < 2 * ARRAY_SIZE(delays_us); i++) {
        bool sends = i >= ARRAY_SIZE(delays_us);
        if (sends && letter_box_count(&box) == 0) {
            TAP_EQ(letter_box_try_send(&box, &letter), STATUS_OK, "fill");
        }
        instant_t deadline = time_after(time_us(delays_us[i % ARRAY_SIZE(delays_us)]));
        status_t status = sends ? letter_box_send_until(&box, &letter, deadline)
                                : letter_box_recv_until(&box, &letter, deadline);
        instant_t now = time_now();
        uint64_t late = instant_since(now, deadline).ticks;
        TAP_EQ(status, STATUS_TIMED_OUT, "a wait times out");
        early += instant_before(now, deadline);
        latest = late > latest ? late : latest;
    }
    TAP_EQ(early, 0, "never early");
    if (test_is_exact()) {
        TAP_OK(latest <= LATE_LIMIT, "late by little");
        record_number("timeout_late_max", latest);
    }
}

struct receiver {
    instant_t deadline;
    status_t status;
    char letter;
};

static void receives(void *argument) {
    struct receiver *self = argument;
    self->status = letter_box_recv_until(&box, &self->letter, self->deadline);
}

static void timeouts_far(void) {
    static struct receiver receivers[3];
    static const instant_t deadlines[] = {{UINT64_MAX - 1}, {UINT64_MAX}, {UINT64_MAX / 2 + 1}};
    for (unsigned i = 0; i < 3; i++) {
        box_reset();
        receivers[i] = (struct receiver){deadlines[i], STATUS_BUSY, 0};
        thread_id_t id = test_spawn(receives, &receivers[i], MAIN + 1);
        thread_sleep_us(200);
        TAP_EQ(receivers[i].status, STATUS_BUSY, "a deadline at the end of time waits");
        TAP_EQ(letter_box_try_send(&box, &(char){'f'}), STATUS_OK, "until a message comes");
        test_join(id);
        TAP_EQ(receivers[i].status, STATUS_OK, "and gets it");
    }
    char letter = 'x';
    box_reset();
    TAP_EQ(letter_box_send_until(&box, &letter, almost_never), STATUS_OK, "no wait, no matter");
    duration_t forever = time_ms(UINT64_MAX);
    TAP_OK(forever.ticks == UINT64_MAX, "a length beyond the end of time is for ever");
    TAP_OK(time_after(forever).ticks == UINT64_MAX, "and so is the moment after it");
}

static struct receiver two_waits[2];

static void waits_twice(void *argument) {
    (void)argument;
    for (unsigned i = 0; i < 2; i++) {
        receives(&two_waits[i]);
    }
}

/* The first wait's timeout, had it survived the wake, would end the second wait. */
static void timeouts_belong_to_waits(void) {
    box_reset();
    instant_t first = time_after(time_us(200));
    two_waits[0] = (struct receiver){first, STATUS_BUSY, 0};
    two_waits[1] = (struct receiver){INSTANT_NEVER, STATUS_BUSY, 0};
    thread_id_t id = test_spawn(waits_twice, NULL, MAIN + 1);
    TAP_EQ(letter_box_try_send(&box, &(char){'1'}), STATUS_OK, "the first wait ends by a message");
    thread_sleep_until(instant_add(first, time_us(200)));
    TAP_EQ(two_waits[0].status, STATUS_OK, "it does");
    TAP_EQ(two_waits[1].status, STATUS_BUSY, "its timeout does not end the second");
    TAP_EQ(letter_box_try_send(&box, &(char){'2'}), STATUS_OK, "a message does");
    test_join(id);
    TAP_EQ(two_waits[1].status, STATUS_OK, "and is received");
    TAP_EQ(two_waits[1].letter, '2', "as sent");
}

/* A message around the deadline, at one distance:
 * either the receiver has it or it is in the mailbox. */
static bool race_once(int64_t distance, unsigned *received) {
    static struct receiver receiver;
    char letter = 0;
    box_reset();
    receiver = (struct receiver){time_after(time_us(20)), STATUS_BUSY, 0};
    thread_id_t id = test_spawn(receives, &receiver, MAIN + 1);
    test_spin_until((instant_t){receiver.deadline.ticks + (uint64_t)distance});
    bool sent = letter_box_try_send(&box, &(char){'r'}) == STATUS_OK;
    test_join(id);
    bool kept = letter_box_try_recv(&box, &letter) == STATUS_OK;
    *received += receiver.status == STATUS_OK;
    if (receiver.status == STATUS_OK) {
        return sent && !kept && receiver.letter == 'r';
    }
    return receiver.status == STATUS_TIMED_OUT && sent && kept && letter == 'r';
}

static void timeouts_race(void) {
    unsigned received = 0;
    unsigned wrong = 0;
    for (int64_t distance = -400; distance < 400; distance += 3) {
        wrong += !race_once(distance, &received);
    }
    TAP_EQ(wrong, 0, "a message near the deadline is received once or kept, never lost");
    if (test_is_exact()) {
        TAP_OK(received > 20 && received < 250, "both happen");
        record_number("timeout_race_received", received);
    }
}

static void timeouts_of_many(void) {
    static struct receiver receivers[5];
    thread_id_t ids[5];
    box_reset();
    instant_t begin = time_after(time_us(300));
    for (unsigned i = 0; i < 5; i++) {
        receivers[i] = (struct receiver){instant_add(begin, time_us(i * 100)), STATUS_BUSY, 0};
        ids[i] = test_spawn(receives, &receivers[i], MAIN + 1);
    }
    thread_sleep_until(instant_add(begin, time_us(250))); /* 0, 1, 2 are out */
    TAP_EQ(letter_box_try_send(&box, &(char){'m'}), STATUS_OK, "a message amid timeouts");
    for (unsigned i = 0; i < 5; i++) {
        test_join(ids[i]);
        TAP_EQ(receivers[i].status, i == 3 ? STATUS_OK : STATUS_TIMED_OUT,
               "goes to the oldest that still waits");
    }
}

static const struct test_case timeouts_cases[] = {
    {"timeouts_past", timeouts_past, TEST_ALWAYS},
    {"timeouts_on_time", timeouts_on_time, TEST_EXACT},
    {"timeouts_far", timeouts_far, TEST_EXACT},
    {"timeouts_belong_to_waits", timeouts_belong_to_waits, TEST_EXACT},
    {"timeouts_race", timeouts_race, TEST_EXACT},
    {"timeouts_of_many", timeouts_of_many, TEST_EXACT},
};
TEST_GROUP(timeouts);
