/* SPDX-License-Identifier: MIT */
/* A thread that never gives way: the lower ones stand still, the higher ones do not notice it. */
#include "kernel/ipc/mailbox_type.h"
#include "tests/qemu/groups.h"

#define MAIN       CONFIG_MAIN_PRIORITY
#define LATE_LIMIT 1000 /* instructions */

static volatile bool stop;
static volatile uint64_t progress;

static void hogs_until(void *argument) {
    const instant_t *end = argument;
    test_spin_until(*end);
    trace_add('h');
}

static void progresses(void *argument) {
    (void)argument;
    while (!stop) {
        progress++;
    }
}

/* At the top of all priorities nothing but its own end stops a hog; time goes on meanwhile. */
static void hog_top(void) {
    static instant_t end;
    stop = false;
    thread_id_t lower = test_spawn(progresses, NULL, MAIN - 1);
    test_settle();
    uint64_t before = progress;
    TAP_OK(before > 0, "a lower thread runs");
    end = time_after(time_ms(3));
    thread_id_t hog = test_spawn(hogs_until, &end, THREAD_PRIORITY_MAX);
    trace_add('m');
    TAP_EQ(progress, before, "not while the hog does");
    TAP_OK(!instant_before(time_now(), end), "main neither, until the hog has ended");
    test_settle();
    TAP_OK(progress > before, "and then it runs again");
    stop = true;
    test_join(lower);
    test_join(hog);
    TAP_TEXT(trace_text(), "hm", "in this order");
}

MAILBOX_TYPE(number_box, uint64_t)
MAILBOX_STATIC(number_box, box, 1);

struct holder {
    uint64_t latest;
    unsigned early;
    unsigned times;
};

/* Waits with timeouts, over and over, above the hog. */
static void holds_timeouts(void *argument) {
    struct holder *self = argument;
    uint64_t number;
    while (!stop) {
        instant_t deadline = time_after(time_us(50));
        status_t status = number_box_recv_until(&box, &number, deadline);
        instant_t now = time_now();
        uint64_t late = instant_since(now, deadline).ticks;
        self->early += status != STATUS_TIMED_OUT || instant_before(now, deadline);
        self->latest = late > self->latest ? late : self->latest;
        self->times++;
    }
}

static void hog_below_timeouts(void) {
    static struct holder holder;
    static instant_t end;
    stop = false;
    holder = (struct holder){0};
    TAP_REQUIRE(number_box_init(&box, box_storage, 1) == STATUS_OK, "a mailbox is made");
    thread_id_t higher = test_spawn(holds_timeouts, &holder, THREAD_PRIORITY_MAX);
    end = time_after(time_ms(3));
    thread_id_t hog = test_spawn(hogs_until, &end, THREAD_PRIORITY_MAX - 1);
    TAP_OK(!instant_before(time_now(), end), "the hog keeps main from running");
    stop = true;
    test_join(hog);
    test_join(higher);
    TAP_OK(holder.times >= 50, "a higher thread's timeouts come through, all the time");
    TAP_EQ(holder.early, 0, "none early");
    if (test_is_exact()) {
        TAP_OK(holder.latest <= LATE_LIMIT, "all late by little");
        record_number("hog_timeout_late_max", holder.latest);
    }
}

static void hogs_and_misses(void *argument) {
    struct holder *self = argument;
    uint64_t number;
    instant_t deadline = time_after(time_us(50));
    status_t status = number_box_recv_until(&box, &number, deadline);
    self->times += status == STATUS_TIMED_OUT;
    self->latest = instant_since(time_now(), deadline).ticks;
}

/* A lower thread's timeout comes as soon as the hog lets it: late, but not lost. */
static void hog_above_timeouts(void) {
    static struct holder holder;
    static instant_t end;
    holder = (struct holder){0};
    TAP_REQUIRE(number_box_init(&box, box_storage, 1) == STATUS_OK, "a mailbox is made");
    thread_id_t lower = test_spawn(hogs_and_misses, &holder, MAIN + 1);
    end = time_after(time_ms(1));
    thread_id_t hog = test_spawn(hogs_until, &end, MAIN + 2);
    TAP_EQ(holder.times, 1, "a lower thread's wait has timed out");
    TAP_OK(holder.latest >= time_us(900).ticks, "when the hog was through");
    test_join(hog);
    test_join(lower);
}

/* Nothing of any priority runs any more, and the machine still ends when "for=" says. */
static void hog_for_ever(void) {
    TAP_REQUIRE(thread_set_priority(thread_self(), THREAD_PRIORITY_MAX) == STATUS_OK, "the top");
    for (;;) {
    }
}

static const struct test_case hog_cases[] = {
    {"hog_top", hog_top, TEST_EXACT},
    {"hog_below_timeouts", hog_below_timeouts, TEST_EXACT},
    {"hog_above_timeouts", hog_above_timeouts, TEST_EXACT},
    {"hog_for_ever", hog_for_ever, TEST_ALONE},
};
TEST_GROUP(hog);
