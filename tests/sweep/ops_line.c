/* SPDX-License-Identifier: MIT */
/* Operations: interrupt lines that threads serve. The attacker may interrupt on the line itself. */
#include "kernel/ipc/irq_line.h"

#include "drivers/irqchip/irqchip.h"
#include "lib/bound.h"
#include "tests/sweep/cast.h"

static const struct irq_line_attributes subjects = {.priority = LEVEL_SUBJECT};

/* Nothing is left pending for the next placement: GICD_CPENDSGIR. */
static void line_clean(void) {
    gicv2.distributor[0xf10 / 4 + CAST_LINE / 4] = 0xffu << (CAST_LINE % 4 * 8);
    (void)!irq_line_unbind(CAST_LINE);
}

static status_t bind(thread_id_t thread) {
    return irq_line_bind(CAST_LINE, &subjects, thread);
}

static void binds(void) {
    fact_set(FACT_SUBJECT, bind(thread_self()));
}

static void binds_stale(void) {
    fact_set(FACT_SUBJECT, bind(THREAD_ID_NONE));
}

static void is_bound(void) {
    check(bind(thread_self()) == STATUS_OK);
}

static void is_bound_and_interrupted(void) {
    is_bound();
    check(irq_trigger(CAST_LINE) == STATUS_OK);
}

static void unbinds(void) {
    fact_set(FACT_SUBJECT, irq_line_unbind(CAST_LINE));
}

static void counts(void) {
    fact_set(FACT_SUBJECT, irq_line_count(CAST_LINE) < 3);
}

static void waits_until(instant_t deadline) {
    fact_set(FACT_SUBJECT, irq_wait_until(CAST_LINE, deadline));
}

static void waits(void) {
    waits_until(scene.own_deadline);
}

static void waits_for_ever(void) {
    fact_set(FACT_SUBJECT, irq_wait(CAST_LINE));
}

static void waits_briefly(void) {
    waits_until(instant_add(scene.start, (duration_t){BRIEF}));
}

static void triggers(void) {
    fact_set(FACT_SUBJECT, irq_trigger(CAST_LINE));
}

static void release_triggers(void) {
    (void)!irq_trigger(CAST_LINE);
}

static void release_unbinds(void) {
    (void)!irq_line_unbind(CAST_LINE);
}

/* A peer that serves the line, once. */
static void peer_serves(void *argument) {
    (void)argument;
    check(bind(thread_self()) == STATUS_OK);
    fact_set(FACT_PEER, irq_wait_until(CAST_LINE, scene.peer_deadline));
}

static void high_server(void) {
    cast_spawn(ROLE_PEER, peer_serves, LEVEL_HIGH_PEER);
}

static void equal_server(void) {
    cast_spawn(ROLE_PEER, peer_serves, LEVEL_SUBJECT);
}

static void counts_interrupt(void *argument) {
    (*(uint32_t *)argument)++;
}
BOUND_CALLEE(irq_line_handler, counts_interrupt);

static void handles(void) {
    static uint32_t count;
    fact_set(FACT_SUBJECT, irq_line_handle(CAST_LINE, &subjects, counts_interrupt, &count));
}

static const struct op line_table[] = {
    {"line_bind", "line", NULL, NULL, binds, NULL, line_clean, OF_LINES},
    {"line_bind_stale", "line", NULL, NULL, binds_stale, NULL, line_clean, OF_LINES},
    {"line_handle", "line", NULL, NULL, handles, NULL, line_clean, OF_LINES},
    {"line_unbind", "line", NULL, is_bound, unbinds, NULL, line_clean, OF_LINES},
    {"line_unbind_waiting", "line", high_server, NULL, unbinds, NULL, line_clean, OF_LINES},
    {"line_unbind_equal", "line", equal_server, NULL, unbinds, NULL, line_clean,
     OF_LINES | OP_TIMED_PEER},
    {"line_count", "line", NULL, is_bound, counts, NULL, line_clean, OF_LINES},
    {"line_trigger_high", "line", high_server, NULL, triggers, NULL, line_clean,
     OF_LINES | OP_TIMED_PEER | OP_VARIES},
    {"line_trigger_equal", "line", equal_server, NULL, triggers, NULL, line_clean,
     OF_LINES | OP_TIMED_PEER | OP_VARIES},
    {"irq_wait_delivered", "line", NULL, is_bound_and_interrupted, waits, NULL, line_clean,
     OF_LINES | OP_DEADLINE},
    {"irq_wait", "line", NULL, is_bound, waits, release_triggers, line_clean,
     OF_LINES | OP_DEADLINE | OP_WAITS | OP_VARIES},
    {"irq_wait_unbound", "line", NULL, is_bound, waits_for_ever, release_unbinds, line_clean,
     OF_LINES | OP_WAITS},
    {"irq_wait_times_out", "line", NULL, is_bound, waits_briefly, release_spins, line_clean,
     OF_LINES | OP_SPINS | OP_WAITS},
    {"irq_wait_stale", "line", NULL, NULL, waits_for_ever, NULL, line_clean, OF_LINES},
};
OP_TABLE(line);
