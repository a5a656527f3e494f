/* SPDX-License-Identifier: MIT */
/* The model of a schedule: servers with a constant bandwidth, as Abeni and Buttazzo have it. `left` is
 * what may be used until `deadline`; who has used it up owes. */
#include "tests/sim/locks_model.h"

#define SCHEDULE  (&locks_model.schedule)
#define OF(i)     (&locks_model.threads[i].schedule)
#define SERVER(i) (&locks_model.schedule.servers[i])
#define ARRIVES   0

/* --- Coming and going ------------------------------------------------------------------------- */

void bandwidth_join(int thread) {
    OF(thread)->deadline = ARRIVES;
    OF(thread)->quantum_left = 0;
}

void bandwidth_leave(int thread) {
    struct schedule_server *server = SERVER(OF(thread)->server);
    if (server->bandwidth && OF(thread)->deadline != ARRIVES) {
        OF(thread)->deadline = ARRIVES;
        server->active--;
    }
}

void bandwidth_end(int thread) {
    if (SERVER(OF(thread)->server)->bandwidth) {
        bandwidth_leave(thread);
        OF(thread)->deadline = SCHEDULE_NEVER;
        OF(thread)->quantum_left = 0;
    }
}

/* --- Budgets ---------------------------------------------------------------------------------- */

static void postpone(struct schedule_server *server, uint64_t budgets) {
    server->deadline += budgets * server->period;
    server->left += (int64_t)(budgets * server->budget);
    server->counted = server->left <= 0;
}

/* Budgets that are owed, the whole ones. */
static uint64_t owed(const struct schedule_server *server) {
    return (uint64_t)-server->left / server->budget;
}

/* Anew, if using what is left until the deadline would be faster than the bandwidth. */
static void arrive(int thread) {
    struct schedule_server *server = SERVER(OF(thread)->server);
    int64_t until = (int64_t)(server->deadline - locks_model.now);
    if (server->active++ != 0) {
        locks_model.threads[thread].place = locks_model_youngest();
    } else if (server->left * (int64_t)server->period >= until * (int64_t)server->budget) {
        server->left = (int64_t)server->budget;
        server->deadline = locks_model.now + server->period;
        server->counted = false;
        SCHEDULE->begun++;
        return;
    }
    SCHEDULE->kept++;
}

static void use_up(int thread) {
    struct schedule_server *server = SERVER(OF(thread)->server);
    if (!server->counted) {
        server->counted = true;
        server->overruns++;
        SCHEDULE->overruns++;
    } else if (schedule_tell(server)) {
        return;
    } else if (server->postpones) {
        SCHEDULE->postponed++;
        postpone(server, owed(server) + 1);
    } else if (server->is_armed) {
        schedule_throttle(thread, true);
    }
}

bool bandwidth_refill(struct schedule_server *server) {
    if (!server->bandwidth || server->left > 0 || server->deadline > locks_model.now) {
        return false;
    }
    SCHEDULE->paid += server->left < 0;
    postpone(server, owed(server) != 0 ? owed(server) : 1);
    return true;
}

/* --- Looking ---------------------------------------------------------------------------------- */

/* Nothing but that is left to be done before it is throttled. */
static bool is_to_arm(int thread) {
    const struct schedule_server *server = SERVER(OF(thread)->server);
    return server->counted && !server->is_armed && !server->postpones && server->left <= 0 &&
           OF(thread)->deadline == server->deadline &&
           (server->waiter < 0 || server->overruns == server->told);
}

uint64_t bandwidth_limit(int running) {
    const struct schedule_server *server = SERVER(OF(running)->server);
    if (OF(running)->deadline != server->deadline || server->left <= 0 ||
        schedule_first_by_deadline(running) != running) {
        return 0;
    }
    return SCHEDULE->since + (uint64_t)server->left;
}

/* The deadline that its server has by now; then whom it is to be compared with; then whether there is
 * budget. */
void bandwidth_look(int running) {
    struct schedule_server *server = SERVER(OF(running)->server);
    if (is_to_arm(running)) {
        server->is_armed = true;
        server->moment = server->deadline;
        server->armed = locks_model_youngest();
        return;
    }
    schedule_pay(OF(running)->server);
    int first = schedule_first_by_deadline(running);
    if (OF(running)->deadline != server->deadline) {
        if (OF(running)->deadline == ARRIVES) {
            arrive(running);
        }
        OF(running)->deadline = server->deadline;
    } else if (first != running) {
        schedule_bring_forward(first);
    } else if (server->left <= 0) {
        use_up(running);
    }
}
