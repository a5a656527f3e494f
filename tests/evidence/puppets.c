/* SPDX-License-Identifier: MIT */
/* Threads that wait as they are told. */
#include "tests/evidence/puppets.h"

#include "arch/cpu.h"
#include "kernel/cpu/cpu.h"

static struct puppet puppets[PUPPETS];
static const struct message filler;

static status_t puppet_obey(struct puppet *self) {
    const struct wait *order = &self->order;
    struct mailbox *box = order->box != NULL ? order->box : &self->box;
    switch (order->kind) {
    case WAIT_RECEIVE:
        return mailbox_receive_until(box, &self->message, order->deadline);
    case WAIT_SEND:
        return mailbox_send_until(box, &self->message, order->deadline);
    case WAIT_JOIN:
        return thread_join_until(order->other, &self->code, order->deadline);
    }
    return STATUS_INVALID_ARGUMENT;
}

/* Obeys until its orders are closed. */
static void puppet_main(void *argument) {
    struct puppet *self = argument;
    while (mailbox_receive_until(&self->orders, &self->order, INSTANT_NEVER) == STATUS_OK) {
        self->waits = true;
        self->result = puppet_obey(self);
        self->waits = false;
    }
}

static void puppet_prepare(struct puppet *puppet) {
    static struct wait order_storage[PUPPETS]; /* never used: who sends finds the puppet waiting */
    *puppet = (struct puppet){.rank = 0};
    struct wait *storage = &order_storage[puppet - puppets];
    TAP_REQUIRE(mailbox_init(&puppet->orders, storage, sizeof *storage, sizeof *storage, 1) ==
                    STATUS_OK,
                "a mailbox for orders");
    TAP_REQUIRE(mailbox_init(&puppet->box, &puppet->box_storage, sizeof puppet->box_storage,
                             EVIDENCE_MESSAGE, 1) == STATUS_OK,
                "a mailbox of its own");
}

void puppets_begin(void) {
    const struct thread_attributes attributes = {
        .name = "puppet", .priority = EVIDENCE_PUPPET, .policy = THREAD_ROUND_ROBIN};
    for (unsigned i = 0; i < PUPPETS; i++) {
        struct puppet *puppet = &puppets[i];
        if (!puppet->lives) {
            puppet_prepare(puppet);
            TAP_REQUIRE(thread_spawn(puppet_main, puppet, &attributes, &puppet->id) == STATUS_OK,
                        "a puppet is spawned");
            puppet->lives = true;
        }
    }
}

void puppets_trim(void) {
    for (unsigned i = 0; i < PUPPETS; i++) {
        struct puppet *puppet = &puppets[i];
        if (puppet->lives && !puppet->waits) {
            TAP_REQUIRE(mailbox_close(&puppet->orders) == STATUS_OK, "no more orders");
            TAP_REQUIRE(test_join(puppet->id) == 0, "a puppet ends");
            puppet->lives = false;
        }
    }
}

void puppets_end(void) {
    TAP_REQUIRE(puppets_waiting() == 0, "no puppet waits");
    puppets_trim();
}

struct puppet *puppet_wait(const struct wait *wait) {
    for (unsigned i = 0; i < PUPPETS; i++) {
        struct puppet *puppet = &puppets[i];
        if (puppet->lives && !puppet->waits) {
            TAP_REQUIRE(mailbox_try_send(&puppet->orders, wait) == STATUS_OK, "an order is given");
            TAP_REQUIRE(puppet->waits, "and obeyed at once");
            return puppet;
        }
    }
    TAP_REQUIRE(false, "there are puppets enough");
    return NULL;
}

void puppet_call_off(struct puppet *puppet) {
    TAP_REQUIRE(mailbox_try_send(&puppet->box, &filler) == STATUS_OK, "a message for a puppet");
    TAP_REQUIRE(!puppet->waits, "and it waits no more");
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

/* --- Trees ------------------------------------------------------------------------------------ */

static struct puppet *last;
static instant_t last_moment;

static struct puppet *tree_find(int rank) {
    for (unsigned i = 0; i < PUPPETS; i++) {
        if (puppets[i].waits && puppets[i].rank == rank) {
            return &puppets[i];
        }
    }
    TAP_REQUIRE(false, "the rank is armed");
    return NULL;
}

/* Whether the event that step `at` arms is called off again. */
static bool step_is_undone(const struct shape *shape, unsigned at) {
    for (unsigned i = at; i < shape->count; i++) {
        if (shape->steps[i] == -shape->steps[at]) {
            return true;
        }
    }
    return false;
}

static void step_arm(const struct plan *plan, unsigned at) {
    int rank = plan->shape->steps[at];
    struct wait order = {.kind = WAIT_RECEIVE};
    if (plan->wait != NULL && !step_is_undone(plan->shape, at) &&
        (plan->all || rank == -plan->shape->last)) {
        order = *plan->wait;
    }
    order.deadline.ticks = plan->base.ticks + (uint64_t)rank * plan->spacing;
    puppet_wait(&order)->rank = rank;
}

void tree_build(const struct plan *plan) {
    const struct stable_heap *events = &arch_cpu_self()->events;
    const struct shape *shape = plan->shape;
    TAP_REQUIRE(puppets_waiting() == 0 && events->count == 1,
                "at first the end of the run is all that is armed");
    puppets_begin();
    for (unsigned i = 0; i < PUPPETS; i++) {
        puppets[i].result = STATUS_OK;
    }
    for (unsigned i = 0; i < shape->count; i++) {
        if (shape->steps[i] > 0) {
            step_arm(plan, i);
        } else {
            puppet_call_off(tree_find(-shape->steps[i]));
        }
    }
    int rank = shape->last < 0 ? -shape->last : shape->last;
    last = shape->last < 0 ? tree_find(rank) : NULL;
    last_moment.ticks = plan->base.ticks + (uint64_t)rank * plan->spacing;
    puppets_trim();
    TAP_REQUIRE(stable_heap_check(events) && instant_before(time_now(), plan->base),
                "a tree, and in time");
}

void tree_build_soon(const struct shape *shape, const struct wait *wait) {
    tree_build(&(struct plan){shape, time_after(time_ticks(TREE_LEAD)), TREE_STEP, wait, false});
}

instant_t tree_last_moment(void) {
    return last_moment;
}

struct puppet *tree_last(void) {
    return last;
}

void tree_clear(void) {
    for (unsigned i = 0; i < PUPPETS; i++) {
        if (puppets[i].waits) {
            puppet_call_off(&puppets[i]);
        }
    }
}
