/* SPDX-License-Identifier: MIT */
/* What is spoiled: servers. */
#include "tests/sweep/cast_server.h"
#include "tests/sweep/corrupt_internal.h"

/* --- Servers: `ready` has one --- */

static void too_many_pieces(void) {
    POKE(allowance.refill_end, allowance.refill_first + CONFIG_SERVER_REFILLS + 1);
}

static void pieces_disordered(void) {
    POKE(allowance.refill_end, allowance.refill_first + 2);
    POKE(allowance.refill[allowance.refill_first % CONFIG_SERVER_REFILLS].when.ticks, 5);
}

static void budget_grown(void) {
    POKE(allowance.left, allowance.left + 1);
}

static void throttled_in_no_queue(void) {
    POKE(ready->home, &allowance.throttled);
}

static void throttled_and_lent(void) {
    throttled_in_no_queue();
    POKE(ready->lent_levels, 1);
}

static void served_not_counted(void) {
    POKE(allowance.threads, 0);
}

static void server_not_open(void) {
    POKE(allowance.open, false);
}

static void throttled_for_ever(void) {
    throttled_in_no_queue();
    POKE(allowance.throttled.levels, BIT(ready->priority));
    POKE(allowance.throttled.head[63 - ready->priority], &ready->node);
}

/* The running thread is served of a sudden. */
static void budget_has_no_end(void) {
    struct thread *self = arch_cpu_self()->current;
    POKE(self->timed, THREAD_TIMED_SERVED);
    POKE(self->server, &allowance);
    POKE(arch_cpu_self()->since.ticks, 0);
    POKE(arch_cpu_self()->below, arch_cpu_self()->below | CPU_BELOW_LOOK);
    POKE(allowance.threads, allowance.threads + 1);
}

static const struct corruption server_table[] = {
    {"a server remembers more pieces than it can", too_many_pieces},
    {"a server's pieces do not come back in their order", pieces_disordered},
    {"a server's budget has grown or shrunk", budget_grown},
    {"a thread is throttled that others wait for", throttled_and_lent},
    {"a server counts other threads than it has", served_not_counted},
    {"a server counts other threads than it has", server_not_open},
    {"a server's queue does not hold its throttled threads", throttled_in_no_queue},
    {"a server's threads are throttled for ever", throttled_for_ever},
    {"a budget ends, and nothing is set for its end", budget_has_no_end},
};
CORRUPTIONS(server);
