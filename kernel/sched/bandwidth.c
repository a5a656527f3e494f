/* SPDX-License-Identifier: MIT */
/* Arriving, using up, coming back: of servers whose threads run by their deadline. */
#include "kernel/sched/bandwidth.h"

#include "kernel/sched/cpu_time_internal.h"
#include "kernel/sched/server_internal.h"

/* Whether what is left is more than the server may use until its deadline: then it begins anew. What is
 * owed counts as well: it was paid if the deadline is so long past. Both products are below 2^127. */
static bool bandwidth_is_fresh(const struct server *server, instant_t now) {
    const struct bandwidth *bandwidth = &server->bandwidth;
    __int128 until = (__int128)bandwidth->deadline.ticks - now.ticks;
    return (__int128)bandwidth_left(server) * bandwidth->period >= until * server->budget;
}

/* Whole budgets that are owed, of a server that has nothing left. */
static uint64_t bandwidth_owed(const struct server *server) {
    return (uint64_t)-bandwidth_left(server) / server->budget;
}

/* So many budgets more, to be used as many periods later. */
static void bandwidth_postpone_irq(struct server *server, uint64_t budgets) IRQ_MASKED {
    struct bandwidth *bandwidth = &server->bandwidth;
    uint64_t later;
    if (__builtin_mul_overflow(budgets, bandwidth->period, &later)) {
        later = UINT64_MAX;
    }
    bandwidth->deadline =
        instant_add(bandwidth->deadline, (duration_t){later}); /* NEVER is the last */
    server->left += (int64_t)(budgets * server->budget); /* below what is owed, and one more */
    bandwidth->counted = bandwidth_left(server) <= 0;
}

/* It has another deadline than its server, if any: it arrives, or others have used up the budget. Who
 * arrives stands behind those that have come before. */
static void bandwidth_follow_irq(struct cpu *cpu, struct thread *thread) IRQ_MASKED {
    struct server *server = thread->server;
    struct bandwidth *bandwidth = &server->bandwidth;
    if (thread->deadline.ticks == BANDWIDTH_ARRIVES) {
        if (bandwidth->active++ != 0) {
            prio_queue_rotate(&cpu->ready, thread->priority);
        } else if (bandwidth_is_fresh(server, cpu->since)) {
            server->left = 0;
            bandwidth->deadline = instant_add(cpu->since, (duration_t){bandwidth->period});
            bandwidth->counted = false;
        }
    }
    thread->deadline = bandwidth->deadline;
    deadline_order_forget(cpu);
}

void bandwidth_arm_irq(struct cpu *cpu, struct server *server) {
    uint64_t deadline = server->bandwidth.deadline.ticks;
    server->armed = true;
    timed_event_arm_irq(
        cpu, &server->event, TIMED_EVENT_REFILL, server->priority,
        (instant_t){deadline - (deadline == INSTANT_NEVER.ticks)}); /* no event is for NEVER */
}

/* Counts an overrun, and tells it; then gives the thread another deadline, or throttles it when the event
 * is armed for the one that it has. */
static void bandwidth_used_up_irq(struct cpu *cpu, struct thread *thread) IRQ_MASKED {
    struct server *server = thread->server;
    struct bandwidth *bandwidth = &server->bandwidth;
    if (!bandwidth->counted) {
        bandwidth->counted = true;
        server->overruns++;
    } else if (server->waiter != NULL && server->overruns != server->overruns_told) {
        server_tell_irq(cpu, server);
    } else if (bandwidth->postpones) {
        bandwidth_postpone_irq(server, bandwidth_owed(server) + 1);
    } else if (server->armed) {
        thread_go_home_irq(thread, &server->throttled); /* the exit charges what it ran */
    }
}

/* Nothing of what it ran is left to be charged when its deadline changes. */
void bandwidth_step_irq(struct cpu *cpu, struct thread *thread) {
    struct server *server = thread->server;
    instant_t began = cpu->since;
    thread_time_pass(cpu, thread, arch_timer_now());
    server->left -= (int64_t)instant_since(cpu->since, began).ticks;
    if (thread->deadline.ticks != server->bandwidth.deadline.ticks) {
        bandwidth_follow_irq(cpu, thread);
    } else if (bandwidth_left(server) > 0 || deadline_order_is_open(cpu, thread)) {
        deadline_order_step_irq(cpu, thread); /* the exit sees whether that was all */
    } else {
        bandwidth_used_up_irq(cpu, thread);
    }
}

bool bandwidth_refill_irq(struct server *server, instant_t now) {
    if (bandwidth_left(server) > 0 || server->bandwidth.deadline.ticks > now.ticks) {
        return false;
    }
    uint64_t owed = bandwidth_owed(server);
    bandwidth_postpone_irq(server, owed != 0 ? owed : 1);
    return true;
}

static void bandwidth_order_irq(struct cpu *cpu, struct thread *thread, bool any) IRQ_MASKED {
    thread->by_deadline = any;
    thread->round_robin = any;
    thread->quantum_left = (duration_t){0};
    deadline_order_forget(cpu);
}

void bandwidth_add_irq(struct cpu *cpu, struct thread *thread) {
    thread->deadline.ticks = BANDWIDTH_ARRIVES;
    bandwidth_order_irq(cpu, thread, true);
}

void bandwidth_remove_irq(struct cpu *cpu, struct thread *thread) {
    bandwidth_leave_irq(thread);
    bandwidth_order_irq(cpu, thread, false);
}
