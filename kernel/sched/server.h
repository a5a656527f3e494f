/* SPDX-License-Identifier: MIT */
/*
 * Servers: a budget of CPU time in each period, for one thread or several together. Whatever they
 * do, in no span of a period's length do they run longer than the budget, but for what is said
 * below; so in an analysis a server counts as one periodic task of that execution time.
 *
 *   budget   ####____ __##______ ######
 *                   ^ each piece that was used comes back one period after it began to be
 *
 * The server is sporadic: a piece of time that was used from moment t on comes back at t + period.
 * It remembers CONFIG_SERVER_REFILLS pieces; of more, those in between come back with the last, later
 * than they might; and nobody is released for less than half that share of the budget. There is no
 * tick: when the budget is used up an interrupt comes at that very tick, and none before.
 *
 * Who has no budget left is throttled: it is as ready as before, but does not run until some comes
 * back. While others wait for a mutex that it holds, or the mutex has a ceiling, it goes on; what it
 * runs too long is taken from what comes back next. So a critical section delays others by its own
 * length, not by a period.
 *
 * A served thread is a FIFO thread, and runs by its priority; a switch from or to it costs more than
 * others.
 *
 * Or the server has a constant bandwidth, and its threads run by deadline at its level, by the
 * server's: who arrives when none of them is ready has the budget until a period later, or what is left of
 * it until the deadline there is, if that is less for its time. When it is used up they have another
 * budget until a period after that: at once, but with that deadline (`goes_on`), or when the one before
 * has come. So for all others of the level they are one task of that execution and period, whatever they
 * do (docs/adr/0024-bandwidth-is-looked-at-before-the-first-instruction.md). Of several
 * threads each goes on until it blocks or the budget is used up; then it is another's turn.
 */
#ifndef KERNEL_SCHED_SERVER_H
#define KERNEL_SCHED_SERVER_H

#include "config.h"
#include "kernel/sched/thread.h"
#include "kernel/time/timed_event.h"
#include "lib/prio_queue.h"

struct server_attributes {
    duration_t budget; /* 1 tick .. period; it also pays for looks at its threads */
    duration_t period; /* at most SERVER_PERIOD_MAX */
    uint8_t priority;  /* what its refills interrupt: not below that of its threads */
    bool goes_on;   /* overruns are counted and told, but nobody is throttled, and nothing owed */
    bool bandwidth; /* constant: its threads run by its deadline, at its priority */
};

#define SERVER_PERIOD_MAX (UINT64_MAX / 4)

/* Time that comes back. */
struct server_refill {
    instant_t when;
    uint64_t ticks;
};

/* Of a server with a constant bandwidth. */
struct bandwidth {
    /* Interrupts masked. */
    instant_t deadline; /* of the budget that is left; only grows */
    uint32_t active;    /* threads that have arrived, and not blocked since */
    bool counted;       /* the overrun is, of the budget that is used up */

    /* Constant after server_open(). */
    bool postpones;
    uint64_t period;
};

struct server {
    /* Interrupts masked. */
    int64_t left;          /* ticks to be had now, without what its running thread uses up */
    uint64_t refill_first; /* of the ring, and the first behind it: both only grow */
    uint64_t refill_end;
    instant_t back; /* the overrun that was counted last lasts until then, at most */
    struct server_refill refill[CONFIG_SERVER_REFILLS];
    struct prio_queue throttled; /* threads without budget: `home` of each */
    uint32_t threads;
    bool open;
    bool armed; /* `event` is */
    struct timed_event event;
    uint64_t overruns;
    uint64_t overruns_told;
    struct thread *waiter; /* who waits for overruns */

    /* Constant after server_open(). */
    uint64_t budget;
    uint64_t period;  /* 0: constant bandwidth, which has its own */
    int64_t smallest; /* of what comes back: less waits for the next piece */
    uint8_t priority;
    bool goes_on;
    struct bandwidth bandwidth;
};

/* What there is to know of a server. */
struct server_state {
    int64_t left;      /* ticks that may be used now; below 0: taken from what comes back */
    uint64_t overruns; /* times its budget was used up with somebody going on to need it */
    uint32_t threads;
    bool throttled;     /* somebody waits for budget */
    instant_t deadline; /* of what is left; NEVER: it has no constant bandwidth */
};

/* Prepares a server with its whole budget; nobody uses `server` yet. O(1). INVALID_ARGUMENT: NULL.
 * OUT_OF_RANGE: budget 0 or above the period, period above SERVER_PERIOD_MAX, priority. NO_SLOT:
 * CONFIG_SERVERS are open. */
MUST_USE status_t server_open(struct server *server,
                              const struct server_attributes *attributes) IRQ_UNMASKED;

/* Ends a server, which has no threads any more; who waits for overruns is told CLOSED. O(1).
 * CLOSED: it is not open. BUSY: it has threads; one that has ended counts until it is joined. */
status_t server_close(struct server *server) IRQ_UNMASKED;

/* From now on the time that thread `id` runs is the server's. Masked: O(1). STALE. CLOSED.
 * UNSUPPORTED: a round-robin thread, or one that runs by deadline, unless the server has a constant
 * bandwidth, whose deadline it has from now on. BUSY: it has a server. OUT_OF_RANGE: its base priority is
 * above the server's, or not that of one with a constant bandwidth. */
MUST_USE status_t server_add(struct server *server, thread_id_t id) IRQ_UNMASKED;

/* From now on the thread runs on nobody's budget, and by no deadline; its time is still counted.
 * Masked: O(1). STALE.
 * NOT_FOUND: it has no server. */
status_t server_remove(thread_id_t id) IRQ_UNMASKED;

/* O(1). CLOSED leaves `state` alone. */
MUST_USE status_t server_get_state(const struct server *server, struct server_state *state);

/* Waits until there are overruns that nobody was told of, and tells how many. For one handler
 * thread, above the server's. Masked: O(1). CLOSED: also while waiting. BUSY: somebody waits. */
MUST_USE status_t server_wait_overrun(struct server *server, uint64_t *overruns) IRQ_UNMASKED;

#endif
