/* SPDX-License-Identifier: MIT */
/* Interrupt lines that threads serve: bound last of all, waited for with a deadline among others. */
#include "kernel/ipc/irq_line.h"

#include "lib/bound.h"

#include "tests/evidence/puppets.h"

#define LINE       5
#define FIRST_LINE 64 /* of QEMU virt: no device, and so are the next */

static const struct irq_line_attributes actors = {.priority = EVIDENCE_ACTOR};
static const struct irq_line_attributes limited = {
    .priority = EVIDENCE_ACTOR, .limit = 1000, .window = {1000}};
static status_t results[4];

/* The table is full but for its last place. */
static void bindings_fill(void) {
    for (uint32_t i = 0; i < CONFIG_IRQ_BINDINGS - 1; i++) {
        TAP_REQUIRE(irq_line_bind(FIRST_LINE + i, &actors, thread_self()) == STATUS_OK, "bound");
    }
}

static void bindings_empty(void) {
    for (uint32_t i = 0; i < CONFIG_IRQ_BINDINGS - 1; i++) {
        TAP_REQUIRE(irq_line_unbind(FIRST_LINE + i) == STATUS_OK, "given back");
    }
}

/* One interrupt is served; then the line goes back into service, and nothing comes. */
static void binds_and_waits(void) {
    results[0] = irq_line_bind(LINE, &limited, thread_self());
    results[1] = irq_trigger(LINE);
    results[2] = irq_wait_until(LINE, INSTANT_NEVER);
    results[3] = irq_wait_until(LINE, time_after(time_ms(1)));
}

static void lines_wait(void) {
    puppets_begin();
    bindings_fill();
    events_arm(time_after(time_ms(5)), 1000, NULL, false);
    events_lower(EVIDENCE_ACTOR);
    actor_run(binds_and_waits);
    events_raise();
    events_pass();
    TAP_EQ(results[0], STATUS_OK, "the last binding");
    TAP_EQ(results[1], STATUS_OK, "triggered");
    TAP_EQ(results[2], STATUS_OK, "served");
    TAP_EQ(results[3], STATUS_TIMED_OUT, "nothing more");
    TAP_EQ(irq_line_count(LINE), 1, "once");
    TAP_EQ(irq_line_unbind(LINE), STATUS_OK, "given back");
    bindings_empty();
    puppets_end();
}

/* A server that stands above main, with a deadline among those of the puppets. */
static void serves(void *argument) {
    (void)argument;
    results[0] = irq_line_bind(LINE, &actors, thread_self());
    results[1] = irq_wait_until(LINE, time_after(time_us(900)));
}

static void unbinds(void) {
    results[2] = irq_line_unbind(LINE);
}

static void lines_unbind(void) {
    puppets_begin();
    events_arm(time_after(time_ms(1)), 1000, NULL, false);
    thread_id_t server = test_spawn_round_robin(serves, NULL, EVIDENCE_PUPPET);
    actor_run(unbinds);
    test_join(server);
    TAP_EQ(results[1], STATUS_CLOSED, "the server is told");
    TAP_EQ(results[2], STATUS_OK, "by whoever unbinds");
    events_call_off();
    puppets_end();
}

static void waits_for_ever(void) {
    results[0] = irq_line_bind(LINE, &actors, thread_self());
    results[1] = irq_trigger(LINE);
    results[2] = inline_irq_wait(LINE);
}

static void ignores(void *argument) {
    (void)argument;
}
BOUND_CALLEE(irq_line_handler, ignores);

static void lines_handle(void) {
    bindings_fill();
    TAP_EQ(irq_line_handle(LINE, &limited, ignores, NULL), STATUS_OK, "a handler");
    TAP_EQ(irq_trigger(LINE), STATUS_OK, "triggered");
    test_settle();
    TAP_EQ(irq_line_count(LINE), 1, "it was called");
    TAP_EQ(irq_line_unbind(LINE), STATUS_OK, "given back");
    bindings_empty();
    actor_run(waits_for_ever);
    TAP_EQ(results[2], STATUS_OK, "what has come is there");
    TAP_EQ(irq_line_unbind(LINE), STATUS_OK, "given back");
}

static const struct scenario lines_scenarios[] = {
    {"lines_wait", lines_wait},
    {"lines_unbind", lines_unbind},
    {"lines_handle", lines_handle},
};
SCENARIO_ROOM(lines);
