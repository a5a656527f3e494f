/* SPDX-License-Identifier: MIT */
/* Threads that wait as they are told. */
#include "tests/evidence/puppets.h"

#include "arch/cpu.h"
#include "kernel/cpu/cpu.h"
#include "kernel/sync/barrier.h"
#include "kernel/sync/event_flags.h"
#include "kernel/sync/semaphore.h"
#include "lib/string.h"

#define EVENTS_LOWERED 4
#define PUPPETS_FP     4 /* the first ones, whose events are the first: with registers to load */

static struct puppet puppets[PUPPETS];
static struct message never_used; /* storage of mailboxes: who sends finds the puppet waiting */
static const struct message filler;

_Static_assert(sizeof(struct wait) <= sizeof(struct message), "an order is a message");

static status_t puppet_lock(struct mutex *mutex, instant_t deadline) {
    status_t status = mutex_lock_until(mutex, deadline);
    if (status == STATUS_OK || status == STATUS_OWNER_DIED) {
        (void)!mutex_unlock(mutex);
    }
    return status;
}

static status_t puppet_await(const struct wait *order) {
    status_t locked = mutex_lock(order->mutex);
    status_t status = condition_wait_until(order->condition, order->mutex, order->deadline);
    status_t unlocked = mutex_unlock(order->mutex);
    return locked == STATUS_OK && unlocked == STATUS_OK ? status : STATUS_BUSY;
}

static status_t puppet_read(const struct wait *order) {
    status_t status = rwlock_read_lock_until(order->shared, order->deadline);
    return status == STATUS_OK ? rwlock_read_unlock(order->shared) : status;
}

static status_t puppet_write(const struct wait *order) {
    status_t status = rwlock_write_lock_until(order->shared, order->deadline);
    return status == STATUS_OK ? rwlock_write_unlock(order->shared) : status;
}

/* So that one record is left. */
static void puppet_take_record(const struct puppet *self) {
    const struct periodic_attributes attributes = {.first = INSTANT_NEVER, .period = {1}};
    if (self - puppets < CONFIG_PERIODIC_THREADS - 1) {
        (void)!periodic_begin(&attributes);
    }
}

static status_t puppet_wait_as_told(struct puppet *self, const struct wait *order) {
    struct mailbox *box = order->box != NULL ? order->box : &self->box;
    switch (order->kind) {
    case WAIT_RECEIVE:
        return mailbox_receive_until(box, &self->message, order->deadline);
    case WAIT_SEND:
        return mailbox_send_until(box, &self->message, order->deadline);
    case WAIT_JOIN:
        return thread_join_until(order->other, &self->code, order->deadline);
    case WAIT_TAKE:
        return semaphore_take_until(order->units, order->deadline);
    case WAIT_COME:
        return barrier_wait_until(order->barrier, NULL, order->deadline);
    case WAIT_WATCH:
        return event_flags_wait_until(order->flags, 1, EVENT_FLAGS_ALL | EVENT_FLAGS_CLEAR, NULL,
                                      order->deadline);
    case WAIT_LOCK:
        return puppet_lock(order->mutex, order->deadline);
    case WAIT_CONDITION:
        return puppet_await(order);
    case WAIT_READ:
        return puppet_read(order);
    case WAIT_WRITE:
        return puppet_write(order);
    case WAIT_PERIOD:
        puppet_take_record(self);
        return mailbox_receive_until(box, &self->message, order->deadline);
    case WAIT_TOLD:
        return miss_box_wait(order->misses, &(struct deadline_miss){.count = 0});
    }
    return STATUS_INVALID_ARGUMENT;
}

static status_t puppet_obey(struct puppet *self, const struct wait *order) {
    if (order->holds == NULL) {
        return puppet_wait_as_told(self, order);
    }
    status_t locked = mutex_try_lock(order->holds);
    status_t status = puppet_wait_as_told(self, order);
    status_t unlocked = mutex_unlock(order->holds);
    return locked == STATUS_OK && unlocked == STATUS_OK ? status : STATUS_BUSY;
}

/* Obeys until its mailbox is closed. */
static void puppet_main(void *argument) {
    struct puppet *self = argument;
    while (mailbox_receive_until(&self->box, &self->message, INSTANT_NEVER) == STATUS_OK) {
        struct wait order;
        memcpy(&order, &self->message, sizeof order);
        self->waits = true;
        self->result = puppet_obey(self, &order);
        self->ended = time_now();
        self->waits = false;
    }
}

void puppets_begin(void) {
    struct thread_attributes attributes = {
        .name = "puppet", .priority = EVIDENCE_PUPPET, .policy = THREAD_ROUND_ROBIN};
    for (unsigned i = 0; i < PUPPETS; i++) {
        attributes.fp = i < PUPPETS_FP;
        struct puppet *puppet = &puppets[i];
        *puppet = (struct puppet){.result = STATUS_OK};
        TAP_REQUIRE(mailbox_init(&puppet->box, &never_used, sizeof never_used, EVIDENCE_MESSAGE,
                                 1) == STATUS_OK,
                    "a mailbox of its own");
        TAP_REQUIRE(thread_spawn(puppet_main, puppet, &attributes, &puppet->id) == STATUS_OK,
                    "a puppet is spawned");
    }
}

void puppets_end(void) {
    TAP_REQUIRE(puppets_waiting() == 0, "no puppet waits");
    for (unsigned i = 0; i < PUPPETS; i++) {
        TAP_REQUIRE(mailbox_close(&puppets[i].box) == STATUS_OK, "no more orders");
        TAP_REQUIRE(test_join(puppets[i].id) == 0, "a puppet ends");
    }
}

struct puppet *puppet_wait(unsigned number, const struct wait *wait) {
    struct puppet *puppet = &puppets[number];
    struct message order = {{0}};
    memcpy(&order, wait, sizeof *wait);
    TAP_REQUIRE(!puppet->waits && mailbox_try_send(&puppet->box, &order) == STATUS_OK,
                "an order is given");
    TAP_REQUIRE(puppet->waits, "and obeyed at once");
    return puppet;
}

thread_id_t puppet_id(unsigned number) {
    return puppets[number].id;
}

unsigned puppets_waiting(void) {
    unsigned count = 0;
    for (unsigned i = 0; i < PUPPETS; i++) {
        count += puppets[i].waits;
    }
    return count;
}

unsigned puppets_with(status_t result) {
    unsigned count = 0;
    for (unsigned i = 0; i < PUPPETS; i++) {
        count += !puppets[i].waits && puppets[i].result == result;
    }
    return count;
}

/* --- Events ----------------------------------------------------------------------------------- */

static instant_t events_begin;

/* The first `count` puppets do `waits`: one each, or all the same one. */
static void events_arm_waits(instant_t base, uint64_t spacing, const struct wait *waits,
                             unsigned count, bool same) {
    const struct timer_queue *events = &arch_cpu_self()->events;
    TAP_REQUIRE(timer_queue_check(events) == 1, "at first the end of the run is all that is armed");
    for (unsigned i = 0; i < PUPPETS; i++) {
        struct wait order = {.kind = WAIT_RECEIVE};
        if (i < count) {
            order = waits[same ? 0 : i];
        }
        order.deadline.ticks = base.ticks + (i + 1) * spacing;
        puppets[i].result = STATUS_OK;
        puppet_wait(i, &order);
    }
    events_begin = base;
    TAP_REQUIRE(timer_queue_check(events) == PUPPETS + 1 && instant_before(time_now(), base),
                "all are armed, and none is due");
}

void events_arm(instant_t base, uint64_t spacing, const struct wait *wait, bool all) {
    events_arm_waits(base, spacing, wait, wait == NULL ? 0 : all ? PUPPETS : 1, true);
}

void events_arm_row(instant_t base, uint64_t spacing, const struct wait *waits, unsigned count) {
    events_arm_waits(base, spacing, waits, count, false);
}

void events_arm_soon(const struct wait *wait) {
    events_arm(time_after(time_ticks(500000)), 1000, wait, false);
}

instant_t events_base(void) {
    return events_begin;
}

struct puppet *events_first(void) {
    return &puppets[0];
}

static void events_set_level(unsigned level) {
    for (unsigned i = 0; i < EVENTS_LOWERED; i++) {
        TAP_REQUIRE(thread_set_priority(puppets[i].id, level) == STATUS_OK, "another level");
    }
}

void events_lower(unsigned level) {
    events_set_level(level);
}

void events_raise(void) {
    events_set_level(EVIDENCE_PUPPET);
}

void events_call_off(void) {
    for (unsigned i = 0; i < PUPPETS; i++) {
        if (puppets[i].waits) {
            TAP_REQUIRE(mailbox_try_send(&puppets[i].box, &filler) == STATUS_OK, "a message");
            TAP_REQUIRE(!puppets[i].waits, "and a puppet waits no more");
        }
    }
}

void events_pass(void) {
    while (puppets_waiting() != 0) {
        thread_sleep_ms(1);
    }
    TAP_EQ(puppets_with(STATUS_TIMED_OUT), PUPPETS, "every wait timed out");
    unsigned late = 0;
    for (unsigned i = 1; i < PUPPETS; i++) {
        late += instant_before(puppets[i].ended, puppets[i - 1].ended);
    }
    TAP_EQ(late, 0, "in the order of their deadlines");
}
