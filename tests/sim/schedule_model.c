/* SPDX-License-Identifier: MIT */
/* The model of a schedule: quanta, deadlines of a level, servers. */
#include "tests/sim/schedule_model.h"

#include "tests/sim/locks_model.h"

#define SCHEDULE  (&locks_model.schedule)
#define THREAD(i) (&locks_model.threads[i])
#define OF(i)     (&locks_model.threads[i].schedule)
#define SERVER(i) (&locks_model.schedule.servers[i])

void schedule_begin(uint64_t quantum) {
    *SCHEDULE = (struct schedule){.quantum = quantum, .quantum_end = SCHEDULE_NEVER};
    for (int i = 0; i < SCHEDULE_SERVERS; i++) {
        SERVER(i)->waiter = SCHEDULE_NOBODY;
        SERVER(i)->moment = SCHEDULE_NEVER;
    }
}

static bool is_ready(int thread) {
    const struct locks_thread *it = THREAD(thread);
    return it->alive && !it->waits && !it->suspended && !it->schedule.throttled;
}

static bool is_served(int thread) {
    return thread >= 0 && OF(thread)->server >= 0;
}

static bool has_deadline(int thread) {
    return OF(thread)->deadline != SCHEDULE_NEVER;
}

/* --- A level: quanta and deadlines ------------------------------------------------------------ */

static bool is_contested(int thread) {
    for (int i = 0; i < LOCKS_THREADS; i++) {
        if (i != thread && is_ready(i) && THREAD(i)->priority == THREAD(thread)->priority) {
            return true;
        }
    }
    return false;
}

static bool is_oldest(int thread) {
    for (int i = 0; i < LOCKS_THREADS; i++) {
        if (is_ready(i) && THREAD(i)->priority == THREAD(thread)->priority &&
            THREAD(i)->place < THREAD(thread)->place) {
            return false;
        }
    }
    return is_ready(thread);
}

/* Who of the level of `thread` comes first: no deadline before all, then the earliest, then who came
 * first. */
int schedule_first_by_deadline(int thread) {
    int best = thread;
    for (int i = 0; i < LOCKS_THREADS; i++) {
        uint64_t key = has_deadline(i) ? OF(i)->deadline : 0;
        uint64_t least = has_deadline(best) ? OF(best)->deadline : 0;
        if (is_ready(i) && THREAD(i)->priority == THREAD(thread)->priority &&
            (key < least || (key == least && THREAD(i)->place < THREAD(best)->place))) {
            best = i;
        }
    }
    return best;
}

void schedule_bring_forward(int thread) {
    SCHEDULE->reorders++;
    THREAD(thread)->place = --locks_model.oldest;
}

static void quantum_begin(int thread) {
    uint64_t left = OF(thread)->quantum_left;
    SCHEDULE->quantum_end = locks_model.now + (left != 0 ? left : SCHEDULE->quantum);
}

static void quantum_leave(int thread) {
    struct schedule_thread *it = OF(thread);
    if (!is_oldest(thread)) {
        it->quantum_left = 0;
    } else if (SCHEDULE->quantum_end != SCHEDULE_NEVER) {
        uint64_t end = SCHEDULE->quantum_end;
        it->quantum_left = end > locks_model.now ? end - locks_model.now : 0;
        if (it->quantum_left == 0) {
            THREAD(thread)->place = locks_model_youngest();
        }
    }
}

/* --- Servers ---------------------------------------------------------------------------------- */

static void remember(struct schedule_server *server, uint64_t when, uint64_t ticks) {
    if (server->count == CONFIG_SERVER_REFILLS) {
        ticks += server->piece[--server->count].ticks;
    }
    server->piece[server->count].when = when;
    server->piece[server->count++].ticks = ticks;
}

static void drop_first(struct schedule_server *server) {
    server->count--;
    for (unsigned i = 0; i < server->count; i++) {
        server->piece[i] = server->piece[i + 1];
    }
}

/* `ticks` were used from `began` on. */
static void schedule_charge(struct schedule_server *server, uint64_t began, uint64_t ticks) {
    if (server->bandwidth) {
        server->left -= (int64_t)ticks;
        return;
    }
    if (server->left <= 0) {
        server->left -= server->goes_on ? 0 : (int64_t)ticks;
        SCHEDULE->owed += server->goes_on ? 0 : ticks;
        return;
    }
    if (server->count != 0 && server->piece[0].when <= began) {
        server->left += (int64_t)server->piece[0].ticks;
        drop_first(server);
    }
    uint64_t paid = (int64_t)ticks < server->left ? ticks : (uint64_t)server->left;
    server->left -= (int64_t)(server->goes_on ? paid : ticks);
    remember(server, began + server->period, paid);
}

/* A piece that is due comes back; what was owed is paid from it. */
static bool take_back(int server) {
    struct schedule_server *it = SERVER(server);
    if (it->count == 0 || it->piece[0].when > locks_model.now) {
        return false;
    }
    if (it->goes_on && it->left == 0 && SCHEDULE->since < it->piece[0].when) {
        SCHEDULE->since = it->piece[0].when; /* nobody pays for what ran without budget */
    }
    uint64_t owed = it->left < 0 ? (uint64_t)-it->left : 0;
    uint64_t paid = it->piece[0].ticks < owed ? it->piece[0].ticks : owed;
    int running = locks_model.running;
    bool runs = is_served(running) && OF(running)->server == server;
    it->left += (int64_t)it->piece[0].ticks;
    drop_first(it);
    if (paid != 0) {
        remember(it, (runs ? SCHEDULE->since : locks_model.now) + it->period, paid);
    }
    return true;
}

/* The next moment with budget that is worth it. */
static uint64_t back_with(const struct schedule_server *server) {
    int64_t left = server->left - (int64_t)(locks_model.now - SCHEDULE->since);
    for (unsigned i = 0; i < server->count; i++) {
        left += (int64_t)server->piece[i].ticks;
        if (left > (int64_t)server->budget / (2 * CONFIG_SERVER_REFILLS)) {
            return server->piece[i].when;
        }
    }
    return SCHEDULE->since + server->period;
}

static void charge_until_now(struct schedule_server *server) {
    uint64_t began = SCHEDULE->since;
    SCHEDULE->since = locks_model.now;
    schedule_charge(server, began, locks_model.now - began);
}

void schedule_pay(int server) {
    charge_until_now(SERVER(server));
}

void schedule_throttle(int thread, bool throttled) {
    SCHEDULE->throttles += throttled;
    OF(thread)->throttled = throttled;
    THREAD(thread)->place = locks_model_youngest();
}

/* Whether somebody was to be told. */
bool schedule_tell(struct schedule_server *server) {
    if (server->waiter < 0 || server->overruns == server->told) {
        return false;
    }
    OF(server->waiter)->told = server->overruns - server->told;
    server->told = server->overruns;
    locks_model_wake(THREAD(server->waiter), STATUS_OK);
    server->waiter = SCHEDULE_NOBODY;
    return true;
}

static void used_up(int thread) {
    struct schedule_server *server = SERVER(OF(thread)->server);
    uint64_t now = locks_model.now;
    if (take_back(OF(thread)->server) || locks_model_is_lent(thread)) {
        return;
    }
    if (server->bandwidth) {
        bandwidth_look(thread);
    } else if (now >= SCHEDULE->since + server->period) {
        charge_until_now(server);
    } else if (now >= server->back) {
        server->back = back_with(server);
        server->overruns++;
        SCHEDULE->overruns++;
    } else if (schedule_tell(server)) {
        return;
    } else if (server->goes_on) {
        charge_until_now(server);
    } else if (!server->is_armed) {
        server->is_armed = true;
        server->moment = server->back;
        server->armed = locks_model_youngest();
    } else {
        schedule_throttle(thread, true);
    }
}

static uint64_t budget_end(int thread) {
    const struct schedule_server *server = SERVER(OF(thread)->server);
    if (locks_model_is_lent(thread)) {
        return SCHEDULE_NEVER;
    }
    if (server->bandwidth) {
        return bandwidth_limit(thread);
    }
    if (server->left > 0) {
        return SCHEDULE->since + (uint64_t)server->left;
    }
    return server->goes_on && server->count != 0 ? server->piece[0].when : SCHEDULE->since;
}

bool schedule_allows(int thread, unsigned base) {
    if (!is_served(thread)) {
        return true;
    }
    const struct schedule_server *server = SERVER(OF(thread)->server);
    return server->bandwidth ? base == server->priority : base <= server->priority;
}

void schedule_suspend(int thread) {
    if (is_served(thread)) {
        bandwidth_leave(thread);
    }
}

void schedule_lent(int thread) {
    struct schedule_thread *it = OF(thread);
    if (locks_model_is_lent(thread) && it->throttled) {
        schedule_throttle(thread, false);
    }
}

/* --- Who runs --------------------------------------------------------------------------------- */

static bool is_special(int thread) {
    return thread >= 0 && (is_served(thread) || has_deadline(thread) || OF(thread)->round_robin);
}

static void stay(int running) {
    bool runs = SCHEDULE->quantum_end != SCHEDULE_NEVER;
    if (!OF(running)->round_robin) {
        SCHEDULE->quantum_end = SCHEDULE_NEVER;
    } else if (is_contested(running) && !runs) {
        quantum_begin(running);
    } else if (!is_contested(running) && runs) {
        OF(running)->quantum_left = 0;
        SCHEDULE->quantum_end = SCHEDULE_NEVER;
    }
}

void schedule_switch(int running, int next) {
    if (running == next) {
        if (is_special(next)) {
            stay(next);
        }
        return;
    }
    if (is_served(running)) {
        schedule_charge(SERVER(OF(running)->server), SCHEDULE->since,
                        locks_model.now - SCHEDULE->since);
        if (!THREAD(running)->alive || THREAD(running)->waits) {
            bandwidth_leave(running);
        }
    } else if (running >= 0 && OF(running)->round_robin) {
        quantum_leave(running);
    }
    if (running >= 0 && !THREAD(running)->alive) {
        OF(running)->server = SCHEDULE_NOBODY; /* which paid for its last piece yet */
    }
    SCHEDULE->since = locks_model.now;
    SCHEDULE->quantum_end = SCHEDULE_NEVER;
    if (next >= 0 && OF(next)->round_robin && is_contested(next)) {
        quantum_begin(next);
    }
}

uint64_t schedule_limit(int running) {
    if (is_served(running)) {
        return budget_end(running);
    }
    if (has_deadline(running)) {
        return schedule_first_by_deadline(running) != running ? 0 : SCHEDULE_NEVER;
    }
    return SCHEDULE->quantum_end;
}

void schedule_limit_step(int running) {
    if (is_served(running)) {
        used_up(running);
    } else if (has_deadline(running)) {
        schedule_bring_forward(schedule_first_by_deadline(running));
    } else {
        SCHEDULE->quanta++;
        OF(running)->quantum_left = 0;
        SCHEDULE->quantum_end = SCHEDULE_NEVER;
        if (is_contested(running)) {
            THREAD(running)->place = locks_model_youngest();
        }
    }
}

/* --- Events ----------------------------------------------------------------------------------- */

unsigned schedule_events(struct schedule_event *events) {
    unsigned count = 0;
    for (int i = 0; i < SCHEDULE_SERVERS; i++) {
        if (SERVER(i)->is_armed) {
            events[count++] =
                (struct schedule_event){SERVER(i)->moment, SERVER(i)->armed, SERVER(i)->priority, i,
                                        SCHEDULE_NOBODY,   SCHEDULE_NOBODY};
        }
    }
    for (int i = 0; i < LOCKS_THREADS; i++) {
        const struct schedule_period *period = &OF(i)->period;
        if (THREAD(i)->alive && period->is_periodic && period->moment != SCHEDULE_NEVER) {
            events[count++] = (struct schedule_event){
                period->moment, period->armed, period->level, SCHEDULE_NOBODY, i, SCHEDULE_NOBODY};
        }
    }
    return count;
}

/* One step of a server that comes to have budget again. */
static void come_back(int server) {
    int first = SCHEDULE_NOBODY;
    if (take_back(server) || bandwidth_refill(SERVER(server))) {
        return;
    }
    for (int i = 0; i < LOCKS_THREADS; i++) {
        if (THREAD(i)->alive && OF(i)->throttled && OF(i)->server == server &&
            (first < 0 || THREAD(i)->priority > THREAD(first)->priority ||
             (THREAD(i)->priority == THREAD(first)->priority &&
              THREAD(i)->place < THREAD(first)->place))) {
            first = i;
        }
    }
    if (first >= 0) {
        schedule_throttle(first, false);
    } else {
        SERVER(server)->is_armed = false;
    }
}

void schedule_event(const struct schedule_event *event) {
    if (event->server >= 0) {
        come_back(event->server);
    } else {
        OF(event->thread)->period.moment = SCHEDULE_NEVER;
        OF(event->thread)->period.misses++;
        SCHEDULE->misses++;
    }
}
