/* SPDX-License-Identifier: MIT */
/* What a switch from and to a served thread does, and what happens when a budget is used up. */
#ifndef KERNEL_SCHED_SERVER_INTERNAL_H
#define KERNEL_SCHED_SERVER_INTERNAL_H

#include "kernel/sched/bandwidth.h"
#include "kernel/sched/server.h"
#include "kernel/sched/thread_internal.h"

/* A full ring: with the last, at the later moment. */
static inline void server_add_refill(struct server *server, instant_t when, uint64_t ticks) {
    if (UNLIKELY(server->refill_end - server->refill_first == CONFIG_SERVER_REFILLS)) {
        server->refill_end--;
        ticks += server->refill[server->refill_end % CONFIG_SERVER_REFILLS].ticks;
    }
    server->refill[server->refill_end % CONFIG_SERVER_REFILLS] =
        (struct server_refill){when, ticks};
    server->refill_end++;
}

static inline instant_t server_back_at(const struct server *server, instant_t began) {
    return (instant_t){began.ticks + server->period};
}

/* What is left, of what was counted: nothing is owed where nobody is throttled. A switch, which only
 * counts, does not know of that. */
static inline int64_t server_left(const struct server *server, int64_t counted) {
    return server->goes_on && counted < 0 ? 0 : counted;
}

/* Whether a thread of it may have this base priority: above the server's, the event that releases the
 * thread would have to wait for it. O(1). */
static inline bool server_allows(const struct server *server, unsigned base) {
    return bandwidth_limits(server) ? base == server->priority : base <= server->priority;
}

/* The server of `thread`, which gives way to `next` or is that, pays for a piece of time: as much of it
 * as there was comes back a period after it began; the rest is owed. What was due by then is looked at
 * first, one piece. O(1). */
static inline void server_charge_irq(struct cpu *cpu, struct thread *thread,
                                     const struct thread *next, instant_t began,
                                     uint64_t ticks) IRQ_MASKED {
    struct server *server = thread->server;
    const struct server_refill *first =
        &server->refill[server->refill_first % CONFIG_SERVER_REFILLS];
    int64_t left = server->left;
    if (UNLIKELY(left <= 0)) {
        server->left = left - (int64_t)ticks;
        if (UNLIKELY(bandwidth_limits(server))) {
            bandwidth_pass_irq(cpu, thread, next);
        }
        return;
    }
    if (server->refill_first != server->refill_end && first->when.ticks <= began.ticks) {
        left += (int64_t)first->ticks;
        server->refill_first++;
    }
    server->left = left - (int64_t)ticks;
    uint64_t paid = ticks < (uint64_t)left ? ticks : (uint64_t)left;
    server_add_refill(server, server_back_at(server, began), paid);
}

/* When the budget that pays for `thread`, which runs since `since`, is used up: NEVER while others
 * wait for what it has, and where nobody is throttled. At once with a constant bandwidth, so that it is
 * looked at. O(1). */
static inline instant_t server_end_irq(const struct thread *thread, instant_t since) IRQ_MASKED {
    const struct server *server = thread->server;
    if (thread->lent_levels != 0) {
        return INSTANT_NEVER;
    }
    if (server->left > 0) {
        return instant_add(since, (duration_t){(uint64_t)server->left});
    }
    if (server->goes_on && server->refill_first != server->refill_end) {
        return server->refill[server->refill_first % CONFIG_SERVER_REFILLS].when;
    }
    return since;
}

/* The same of the running thread, which goes on and may have been looked at. One that has no constant
 * bandwidth has something left, while it is not at its end. O(1). */
static ALWAYS_INLINE instant_t server_stay_irq(struct cpu *cpu,
                                               const struct thread *thread) IRQ_MASKED {
    const struct server *server = thread->server;
    if (UNLIKELY(server->left <= 0) && bandwidth_limits(server) && thread->lent_levels == 0) {
        return bandwidth_end_irq(cpu, thread);
    }
    return server_end_irq(thread, cpu->since);
}

/* Tells the handler thread, which waits without a deadline. O(1). */
void server_tell_irq(struct cpu *cpu, struct server *server) IRQ_MASKED;

/* The budget of the running thread is used up: takes in what is due, or tells the handler, or arms
 * the event for what comes back, or throttles it. One of these at each interrupt, which comes again
 * at once, before the thread runs on. O(log timed events). */
void server_used_up_irq(struct cpu *cpu, struct thread *thread) IRQ_MASKED;

/* What a served thread is lent has changed: while it is lent anything, it is not throttled. Of the
 * running thread the exit sees that, which is asked at the end of each change. O(1). */
void server_lent_irq(struct cpu *cpu, struct thread *thread) IRQ_MASKED;

static inline bool thread_is_throttled(const struct thread *thread) {
    return (thread->timed & THREAD_TIMED_SERVED) && thread->home == &thread->server->throttled;
}

/* A ready served thread is suspended by another: it arrives when it is resumed. O(1). */
static inline void server_suspend_irq(struct thread *thread) IRQ_MASKED {
    if (bandwidth_limits(thread->server)) {
        bandwidth_leave_irq(thread);
    }
}

/* An ended thread gives its slot back. O(1). */
void server_leave_irq(struct thread *thread) IRQ_MASKED;

/* Ids of timed events for servers. Once, at boot. O(1). */
void server_init(void) IRQ_MASKED;

/* Handler of kernel/tables/timed_events.c. */
void server_refill_event(struct cpu *cpu, struct timed_event *event) IRQ_MASKED;

struct frame *server_wait_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

#endif
