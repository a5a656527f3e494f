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

/* --- Constant bandwidth: `paced` has one --- */

/* As if it had arrived, with this deadline of the server. */
static void arrives(uint64_t deadline) {
    POKE(lane.bandwidth.deadline.ticks, deadline);
    POKE(lane.bandwidth.active, 1);
    POKE(paced->deadline.ticks, deadline);
}

static void bandwidth_grown(void) {
    POKE(lane.left, 1);
}

static void bandwidth_has_pieces(void) {
    POKE(lane.refill_end, lane.refill_first + 1);
}

static void counted_with_budget(void) {
    POKE(lane.bandwidth.counted, true);
}

static void armed_behind_deadline(void) {
    POKE(lane.armed, true);
    POKE(lane.event.id, peer->timeout.id); /* somebody's, who is not to have it for long */
}

static void postpones_and_waits(void) {
    armed_behind_deadline();
    arrives(UINT64_MAX);
    POKE(lane.bandwidth.postpones, true);
}

static void paced_without_deadline(void) {
    POKE(paced->by_deadline, false);
}

static void served_by_deadline(void) {
    POKE(ready->by_deadline, true);
}

static void later_than_server(void) {
    arrives(900);
    POKE(paced->deadline.ticks, 901);
}

static void arrival_not_counted(void) {
    arrives(900);
    POKE(lane.bandwidth.active, 0);
}

static void arrival_of_nobody(void) {
    POKE(lane.bandwidth.active, 1);
}

/* Who waits is served of a sudden, as if it had arrived. */
static void waits_with_deadline(void) {
    arrives(900);
    POKE(target->timed, THREAD_TIMED_SERVED);
    POKE(target->server, &lane);
    POKE(target->by_deadline, true);
    POKE(target->deadline.ticks, 900);
    POKE(lane.threads, lane.threads + 1);
}

static void bandwidth_lost(void) {
    POKE(paced->timed, THREAD_TIMED_COUNTED);
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
    {"a server has more than its budget", bandwidth_grown},
    {"a server has more than its budget", bandwidth_has_pieces},
    {"a server's overrun is counted, and there is budget", counted_with_budget},
    {"a server's budget comes back behind its deadline", armed_behind_deadline},
    {"a server waits for budget that goes on", postpones_and_waits},
    {"a thread runs by deadline and its server does not, or otherwise", paced_without_deadline},
    {"a thread runs by deadline and its server does not, or otherwise", served_by_deadline},
    {"a thread has a later deadline than its server", later_than_server},
    {"a server counts other arrivals than there were", arrival_not_counted},
    {"a server counts other arrivals than there were", arrival_of_nobody},
    {"a thread that cannot run has kept its server's deadline", waits_with_deadline},
    {"a server counts other threads than it has", bandwidth_lost},
};
CORRUPTIONS(server);
