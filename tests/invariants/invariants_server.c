/* SPDX-License-Identifier: MIT */
/* The rules of servers, found by their timed events. */
#include "kernel/sched/server_internal.h"
#include "tests/invariants/invariants_internal.h"

/* Budget is neither made nor lost: what is left and what comes back is the whole. What the running
 * thread uses up is not yet taken. */
static const char *check_budget(const struct server *server) {
    uint64_t count = server->refill_end - server->refill_first;
    if (count > CONFIG_SERVER_REFILLS) {
        return "a server remembers more pieces than it can";
    }
    int64_t all = server->left < 0 ? 0 : server->left; /* the rest is owed */
    uint64_t before = 0;
    for (uint64_t i = 0; i < count; i++) {
        const struct server_refill *refill =
            &server->refill[(server->refill_first + i) % CONFIG_SERVER_REFILLS];
        if (refill->when.ticks < before) {
            return "a server's pieces do not come back in their order";
        }
        before = refill->when.ticks;
        all += (int64_t)refill->ticks;
    }
    return all != (int64_t)server->budget ? "a server's budget has grown or shrunk" : NULL;
}

/* The same of one with a constant bandwidth, which remembers no pieces, and whose event is for no later
 * moment than its deadline. */
static const char *check_bandwidth(const struct cpu *cpu, const struct server *server) {
    const struct bandwidth *bandwidth = &server->bandwidth;
    if (server->left > 0 || server->refill_first != server->refill_end) {
        return "a server has more than its budget";
    }
    if (bandwidth->counted && bandwidth_left(server) > 0) {
        return "a server's overrun is counted, and there is budget";
    }
    if (server->armed &&
        timer_queue_moment(&cpu->events, server->event.id) > bandwidth->deadline.ticks) {
        return "a server's budget comes back behind its deadline";
    }
    return server->armed && bandwidth->postpones ? "a server waits for budget that goes on" : NULL;
}

static const char *check_deadline(const struct cpu *cpu, const struct server *server,
                                  const struct thread *thread) {
    if (thread->by_deadline != bandwidth_limits(server)) {
        return "a thread runs by deadline and its server does not, or otherwise";
    }
    if (!bandwidth_limits(server)) {
        return NULL;
    }
    if (thread->deadline.ticks > server->bandwidth.deadline.ticks) {
        return "a thread has a later deadline than its server";
    }
    bool may_run = thread->state == THREAD_READY && thread->home != &cpu->parked;
    return !may_run && thread->deadline.ticks != BANDWIDTH_ARRIVES
               ? "a thread that cannot run has kept its server's deadline"
               : NULL;
}

static const char *check_server(const struct cpu *cpu, const struct server *server,
                                struct invariants_servers *servers) {
    uint32_t threads = 0;
    uint32_t throttled = 0;
    uint32_t active = 0;
    for (uint32_t i = 0; i < CONFIG_THREAD_SLOTS; i++) {
        const struct thread *thread = &thread_slots[i];
        bool mine = thread->state != THREAD_FREE && (thread->timed & THREAD_TIMED_SERVED) &&
                    thread->server == server;
        bool stands = mine && thread->home == &server->throttled && thread->state == THREAD_READY;
        threads += mine;
        active += mine && bandwidth_limits(server) && thread->deadline.ticks != BANDWIDTH_ARRIVES;
        const char *broken = mine ? check_deadline(cpu, server, thread) : NULL;
        if (broken != NULL) {
            return broken;
        }
        throttled += stands;
        if (stands && thread->lent_levels != 0 && thread != cpu->settling) {
            return "a thread is throttled that others wait for";
        }
    }
    if (!server->open || server->threads != threads) {
        return "a server counts other threads than it has";
    }
    if (active != server->bandwidth.active) {
        return "a server counts other arrivals than there were";
    }
    if (invariants_queue_count(&server->throttled, NULL) != throttled) {
        return "a server's queue does not hold its throttled threads";
    }
    if (throttled != 0 && !server->armed) {
        return "a server's threads are throttled for ever";
    }
    servers->throttled += throttled;
    servers->armed += server->armed;
    return bandwidth_limits(server) ? check_bandwidth(cpu, server) : check_budget(server);
}

const char *invariants_servers_broken_irq(const struct cpu *cpu,
                                          struct invariants_servers *servers) {
    *servers = (struct invariants_servers){0};
    const char *broken = NULL;
    for (uint32_t i = 0; i < CONFIG_SERVERS && broken == NULL; i++) {
        const struct timed_event *event = cpu->event[TIMED_EVENT_ID_SERVER + i];
        if (event != NULL) {
            broken = check_server(cpu, CONST_CONTAINER(event, struct server, event), servers);
        }
    }
    return broken;
}

bool invariants_has_budget(const struct cpu *cpu, uint64_t *end) {
    const struct thread *current = cpu->current;
    bool has = (current->timed & THREAD_TIMED_SERVED) != 0;
    if (has) {
        bool looked_at = bandwidth_limits(current->server) && current->lent_levels == 0;
        int64_t left = (int64_t)current->server->budget + current->server->left;
        *end = !looked_at  ? server_end_irq(current, cpu->since).ticks
               : left <= 0 ? cpu->since.ticks
                           : cpu->since.ticks + (uint64_t)left;
    }
    return has;
}
