/* SPDX-License-Identifier: MIT */
/*
 * Threads that stand where they are known to, each waiting for something else: what the debugger
 * must tell of them (tests/tools/debugger_test.py). Main goes to debugger_stop() then. Run alone.
 */
#include "kernel/ipc/mailbox_type.h"
#include "kernel/sync/barrier.h"
#include "kernel/sync/condition.h"
#include "kernel/sync/event_flags.h"
#include "kernel/sync/mutex.h"
#include "kernel/sync/semaphore.h"
#include "kernel/sync/wait_any.h"
#include "tests/qemu/groups.h"

#define MOMENT    ((instant_t){1000000000})
#define LATER     ((instant_t){6000000000})
#define FAR_LATER ((instant_t){7000000000})

MAILBOX_TYPE(order_box, uint64_t)
MAILBOX_STATIC(order_box, orders, 4);
MAILBOX_STATIC(order_box, crowded, 1);

static struct order_box *created;
static struct semaphore rooms = SEMAPHORE_INITIALIZER(0, 4);
static struct event_flags signals;
static struct barrier crossing;
static struct mutex door;
static struct mutex desk;
static struct condition changed;
static thread_id_t threads[15];
static unsigned count;
static bool is_over;

/* What they wait for does not come while the debugger looks. */
static void unexpected(status_t status) {
    check(is_over || status != STATUS_OK);
}

NOINLINE static status_t receive_order(struct order_box *box) {
    uint64_t order = 0;
    status_t status = order_box_recv_until(box, &order, INSTANT_NEVER);
    return status == STATUS_OK && order == 0 ? STATUS_FULL : status;
}

static void receiver(void *argument) {
    unexpected(receive_order(argument));
}

static void sender(void *argument) {
    const uint64_t order = 7;
    (void)argument;
    check(order_box_try_send(&crowded, &order) == STATUS_OK);
    unexpected(order_box_send_until(&crowded, &order, LATER));
}

static void guest(void *argument) {
    (void)argument;
    unexpected(semaphore_take_until(&rooms, MOMENT));
}

static void owner(void *argument) {
    uint64_t seen;
    (void)argument;
    check(mutex_lock(&door) == STATUS_OK);
    unexpected(event_flags_wait(&signals, 6, EVENT_FLAGS_ALL, &seen));
}

static void visitor(void *argument) {
    (void)argument;
    unexpected(mutex_lock(&door));
}

static void watcher(void *argument) {
    (void)argument;
    check(mutex_lock(&desk) == STATUS_OK);
    unexpected(condition_wait(&changed, &desk));
}

static void walker(void *argument) {
    bool last;
    (void)argument;
    unexpected(barrier_wait(&crossing, &last));
}

static void chooser(void *argument) {
    uint64_t order;
    unsigned which;
    struct wait_for list[] = {
        wait_for_unit(&rooms),
        wait_for_message(&orders.mailbox, &order),
        wait_for_exit(threads[0]),
    };
    (void)argument;
    unexpected(wait_any_until(list, ARRAY_SIZE(list), FAR_LATER, &which));
}

static void joiner(void *id) {
    unexpected(thread_join(*(const thread_id_t *)id, NULL));
}

static void sleeper(void *argument) {
    (void)argument;
    thread_sleep_until(MOMENT);
}

static void frozen(void *argument) {
    (void)argument;
    unexpected(thread_suspend(thread_self()));
}

static void finished(void *argument) {
    (void)argument;
}

static void begin(const char *name, thread_entry entry, void *argument, unsigned priority) {
    const struct thread_attributes attributes = {.name = name, .priority = (uint8_t)priority};
    TAP_REQUIRE(thread_spawn(entry, argument, &attributes, &threads[count]) == STATUS_OK,
                "a thread is spawned");
    count++;
}

static void make_objects(void) {
    TAP_REQUIRE(
        order_box_create(2, &created) == STATUS_OK && mutex_init(&door, NULL) == STATUS_OK &&
            mutex_init(&desk, NULL) == STATUS_OK && condition_init(&changed) == STATUS_OK &&
            barrier_init(&crossing, 3) == STATUS_OK && event_flags_init(&signals, 9) == STATUS_OK,
        "all objects are there");
}

static void make_threads(void) {
    make_objects();
    begin("receiver", receiver, &orders, 40); /* the first */
    begin("second", receiver, &orders, 41);
    begin("unnamed", receiver, created, 42);
    begin("sender", sender, NULL, 43);
    begin("guest", guest, NULL, 44);
    begin("owner", owner, NULL, 45);
    begin("visitor", visitor, NULL, 50);
    begin("watcher", watcher, NULL, 46);
    begin("walker", walker, NULL, 47);
    begin("chooser", chooser, NULL, 48);
    begin("finished", finished, NULL, 53);
    begin("low", finished, NULL, 3);
    begin("frozen", frozen, NULL, 52);
    begin("sleeper", sleeper, NULL, 49); /* the last but one, whom the last joins */
    begin("joiner", joiner, &threads[13], 51);
}

/* Lets all of them go. */
static void end_threads(void) {
    is_over = true;
    (void)semaphore_close(&rooms);
    (void)order_box_close(&orders);
    (void)order_box_close(&crowded);
    order_box_destroy(created);
    (void)event_flags_close(&signals);
    (void)barrier_close(&crossing);
    (void)condition_close(&changed);
    TAP_REQUIRE(thread_resume(threads[12]) == STATUS_OK, "the suspended thread goes on");
    for (unsigned i = 0; i < count; i++) {
        if (i != 13) {
            (void)test_join(threads[i]);
        }
    }
}

/* Where the debugger stops. */
NOINLINE static void debugger_stop(void) {
    TAP_EQ(count, ARRAY_SIZE(threads), "all stand where they are known to");
}

static void debugger_threads(void) {
    make_threads();
    debugger_stop();
    end_threads();
}

static void debugger_panic(void) {
    make_threads();
    check(count == 0);
}

static const struct test_case debugger_cases[] = {
    {"debugger_threads", debugger_threads, TEST_ALONE},
    {"debugger_panic", debugger_panic, TEST_ALONE},
};
TEST_GROUP(debugger);
