/* SPDX-License-Identifier: MIT */
/*
 * Budgets: charging, throttling, and what comes back.
 *
 * A switch only counts: nothing is armed there, and nothing searched. What is due comes into the
 * budget when it is looked for: one piece when a piece is charged, and one at each interrupt that
 * finds the budget used up, which comes again at once until there is none. Only while a thread is
 * throttled an event is armed for what comes back next, at the server's level; it stays the earliest
 * of its level until it has taken in what is due and released all threads, one step at each
 * interrupt. So no stretch depends on how many pieces or threads there are.
 */
#include "kernel/sched/server.h"

#include "arch/task_call.h"
#include "kernel/sched/cpu_time_internal.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/server_internal.h"
#include "kernel/sched/server_share.h"
#include "lib/bound.h"

_Static_assert(CONFIG_SERVER_REFILLS >= 2 &&
                   (CONFIG_SERVER_REFILLS & (CONFIG_SERVER_REFILLS - 1)) == 0,
               "a ring, whose places are masked");
_Static_assert(CONFIG_SERVERS >= 1 && CONFIG_SERVERS <= 64, "bits of a word");

/* Bit n: nobody has the timed event TIMED_EVENT_ID_SERVER + n. */
static uint64_t free_events;

void server_init(void) {
    free_events = UINT64_MAX >> (64 - CONFIG_SERVERS);
}

/* --- Throttling --- */

/* When there is budget again that is worth an interrupt: with one of the pieces that are remembered,
 * or with that which the running thread is using up. */
static instant_t server_back_with(const struct server *server, instant_t since,
                                  instant_t now) IRQ_MASKED {
    int64_t left = server->left - (int64_t)instant_since(now, since).ticks;
    uint64_t i = server->refill_first;
    BOUND_LOOP(pieces, CONFIG_SERVER_REFILLS);
    for (; i != server->refill_end; i++) {
        BOUND_TURN(pieces);
        const struct server_refill *refill = &server->refill[i % CONFIG_SERVER_REFILLS];
        left += (int64_t)refill->ticks;
        if (left > server->smallest) {
            return refill->when;
        }
    }
    return server_back_at(server, since);
}

void server_tell_irq(struct cpu *cpu, struct server *server) {
    struct thread *waiter = server->waiter;
    server->waiter = NULL;
    *(uint64_t *)waiter->wait_buffer = server->overruns - server->overruns_told;
    server->overruns_told = server->overruns;
    sched_wake_untimed_irq(cpu, waiter, STATUS_OK);
}

/* Its server's budget is overdrawn from now on. */
static void server_overdraw_irq(struct cpu *cpu, struct thread *thread) IRQ_MASKED {
    struct server *server = thread->server;
    instant_t began = cpu->since;
    thread_time_pass(cpu, thread, arch_timer_now());
    server_charge_irq(cpu, thread, thread, began, instant_since(cpu->since, began).ticks);
    server->left = server_left(server, server->left);
}

/* What came back first is due: into the budget, and if some was owed, so much comes back again a
 * period later. Whether there was something. O(1). */
static ALWAYS_INLINE bool server_take_refill(struct cpu *cpu, struct server *server,
                                             instant_t now) IRQ_MASKED {
    const struct server_refill *first =
        &server->refill[server->refill_first % CONFIG_SERVER_REFILLS];
    if (server->refill_first == server->refill_end || first->when.ticks > now.ticks) {
        return false;
    }
    if (server->goes_on && server->left <= 0) {
        if (cpu->since.ticks < first->when.ticks) { /* until then nobody pays for it */
            thread_time_pass(cpu, cpu->current, first->when);
        }
        server->left = 0;
    }
    uint64_t owed = server->left < 0 ? (uint64_t)-server->left : 0;
    uint64_t paid = first->ticks < owed ? first->ticks : owed;
    server->left += (int64_t)first->ticks;
    server->refill_first++;
    if (paid != 0) {
        /* Behind all others, and before what is being used. */
        const struct thread *current = cpu->current;
        bool runs = (current->timed & THREAD_TIMED_SERVED) && current->server == server;
        server_add_refill(server, server_back_at(server, runs ? cpu->since : now), paid);
    }
    return true;
}

/* What it began with is back already; or nothing comes back. */
static NOINLINE void server_past_irq(struct cpu *cpu, struct thread *thread) IRQ_MASKED {
    struct server *server = thread->server;
    if (!bandwidth_limits(server)) {
        server_overdraw_irq(cpu, thread);
    } else if (bandwidth_is_to_arm(thread)) {
        bandwidth_arm_irq(cpu, server);
    } else {
        bandwidth_step_irq(cpu, thread);
    }
}

void server_used_up_irq(struct cpu *cpu, struct thread *thread) {
    struct server *server = thread->server;
    instant_t now = arch_timer_now();
    if (server_take_refill(cpu, server, now) || thread->lent_levels != 0) {
        return; /* the exit sets its end anew */
    }
    if (now.ticks >= server_back_at(server, cpu->since).ticks) {
        server_past_irq(cpu, thread);
    } else if (now.ticks >= server->back.ticks) {
        server->back = server_back_with(server, cpu->since, now);
        server->overruns++;
    } else if (server->waiter != NULL && server->overruns != server->overruns_told) {
        server_tell_irq(cpu, server);
    } else if (server->goes_on) {
        server_overdraw_irq(cpu, thread);
    } else if (!server->armed) {
        server->armed = true;
        timed_event_arm_irq(cpu, &server->event, TIMED_EVENT_REFILL, server->priority,
                            server->back);
    } else {
        thread_go_home_irq(thread, &server->throttled); /* the exit charges what it ran */
    }
}

static ALWAYS_INLINE void server_set_end_irq(struct cpu *cpu, instant_t end) IRQ_MASKED {
    cpu->quantum_end = end;
    timed_event_program_irq(cpu, cpu_level(cpu));
}

/* A thread that does not run may have changed the order of its level: of the one that does, perhaps. */
static NOINLINE void server_order_irq(struct cpu *cpu) IRQ_MASKED {
    if (cpu->current->by_deadline) {
        server_set_end_irq(cpu, cpu->since);
    }
}

void server_lent_irq(struct cpu *cpu, struct thread *thread) {
    if (thread_is_throttled(thread) && thread->lent_levels != 0) {
        thread_go_home_irq(thread, &cpu->ready);
    }
}

/* One step: takes in what is due, or releases a thread, or ends when nobody is throttled. */
void server_refill_event(struct cpu *cpu, struct timed_event *event) {
    struct server *server = CONTAINER_OF(event, struct server, event);
    instant_t now = arch_timer_now();
    if (server_take_refill(cpu, server, now)) {
        return;
    }
    if (bandwidth_limits(server) && bandwidth_refill_irq(server, now)) {
        return;
    }
    if (prio_queue_is_empty(&server->throttled)) {
        server->armed = false;
        timed_event_cancel_in_door_irq(cpu, event);
    } else {
        thread_go_home_irq(thread_of_node(prio_queue_first(&server->throttled)), &cpu->ready);
    }
}

/* --- Life --- */

static status_t server_check(const struct server *server,
                             const struct server_attributes *attributes) {
    if (server == NULL || attributes == NULL) {
        return STATUS_INVALID_ARGUMENT;
    }
    uint64_t budget = attributes->budget.ticks;
    uint64_t period = attributes->period.ticks;
    bool fits = budget != 0 && budget <= period && period <= SERVER_PERIOD_MAX;
    return fits && attributes->priority <= THREAD_PRIORITY_MAX ? STATUS_OK : STATUS_OUT_OF_RANGE;
}

status_t server_open(struct server *server, const struct server_attributes *attributes) {
    status_t status = server_check(server, attributes);
    if (status != STATUS_OK) {
        return status;
    }
    bool bandwidth = attributes->bandwidth;
    *server = (struct server){
        .left = bandwidth ? 0 : (int64_t)attributes->budget.ticks,
        .open = true,
        .budget = attributes->budget.ticks,
        .period = bandwidth ? 0 : attributes->period.ticks,
        .smallest = (int64_t)attributes->budget.ticks / (2 * CONFIG_SERVER_REFILLS),
        .priority = attributes->priority,
        .goes_on = attributes->goes_on && !bandwidth,
        .bandwidth = {.deadline = {1}, /* past: who arrives first has another */
                      .postpones = attributes->goes_on,
                      .period = attributes->period.ticks},
    };
    arch_irq_mask();
    uint64_t free = free_events;
    if (free == 0) {
        server->open = false;
        arch_irq_unmask();
        return STATUS_NO_SLOT;
    }
    free_events = free & (free - 1);
    timed_event_init(arch_cpu_self(), &server->event, TIMED_EVENT_ID_SERVER + bits_lowest(free));
    arch_irq_unmask();
    return STATUS_OK;
}

/* Ends an open server without threads; who waits is woken with CLOSED. */
static void server_end_life_irq(struct cpu *cpu, struct server *server) IRQ_MASKED {
    server->open = false;
    if (server->armed) {
        server->armed = false;
        timed_event_cancel_irq(cpu, &server->event);
    }
    cpu->event[server->event.id] = NULL;
    free_events |= BIT(server->event.id - TIMED_EVENT_ID_SERVER);
    if (server->waiter != NULL) {
        sched_wake_untimed_irq(cpu, server->waiter, STATUS_CLOSED);
        server->waiter = NULL;
    }
}

status_t server_close(struct server *server) {
    status_t status = STATUS_OK;
    arch_irq_mask();
    struct cpu *cpu = arch_cpu_self();
    if (!server->open) {
        status = STATUS_CLOSED;
    } else if (server->threads != 0) {
        status = STATUS_BUSY;
    } else {
        server_end_life_irq(cpu, server);
    }
    bool ask = sched_must_ask_irq(cpu);
    arch_irq_unmask();
    if (ask) {
        task_call_reschedule();
    }
    return status;
}

static status_t server_add_irq(struct cpu *cpu, struct server *server,
                               struct thread *thread) IRQ_MASKED {
    if (thread == NULL || thread->state == THREAD_ENDED) {
        return STATUS_STALE;
    }
    if (!server->open) {
        return STATUS_CLOSED;
    }
    bool bandwidth = bandwidth_limits(server);
    if (thread->timed & THREAD_TIMED_SERVED) {
        return STATUS_BUSY;
    }
    if (thread->round_robin && !(bandwidth && thread->by_deadline)) {
        return STATUS_UNSUPPORTED;
    }
    if (!server_allows(server, thread->rank.base)) {
        return STATUS_OUT_OF_RANGE;
    }
    server->threads++;
    thread->server = server;
    if (bandwidth) {
        bandwidth_add_irq(cpu, thread);
    }
    thread_timed_begin_irq(cpu, thread, THREAD_TIMED_SERVED);
    if (thread == cpu->current) {
        thread_time_pass(cpu, thread, arch_timer_now()); /* what it has run is not the server's */
        server_set_end_irq(cpu, server_end_irq(thread, cpu->since));
    } else {
        server_order_irq(cpu);
    }
    return STATUS_OK;
}

status_t server_add(struct server *server, thread_id_t id) {
    arch_irq_mask();
    status_t status = server_add_irq(arch_cpu_self(), server, thread_find_irq(id));
    arch_irq_unmask();
    return status;
}

/* Whether it has a server, and not just meanwhile. O(1). */
static inline bool server_is_own(const struct thread *thread) {
    return (thread->timed & (THREAD_TIMED_SERVED | THREAD_TIMED_LENT)) == THREAD_TIMED_SERVED;
}

status_t server_may_share_irq(const struct cpu *cpu, unsigned priority) {
    const struct thread *self = cpu->current;
    return server_is_own(self) && !server_allows(self->server, priority) ? STATUS_OUT_OF_RANGE
                                                                         : STATUS_OK;
}

void server_share_irq(struct cpu *cpu, struct thread *thread) {
    const struct thread *self = cpu->current;
    if (server_is_own(self)) { /* so it is open */
        check(server_add_irq(cpu, self->server, thread) == STATUS_OK);
    }
}

void server_lend_irq(struct cpu *cpu, struct thread *worker, const struct thread *payer) {
    if (!bandwidth_limits(payer->server) &&
        server_add_irq(cpu, payer->server, worker) == STATUS_OK) {
        worker->timed |= THREAD_TIMED_LENT;
    }
}

void server_lend_back_irq(struct cpu *cpu) {
    struct thread *self = cpu->current;
    server_overdraw_irq(cpu, self);
    server_set_end_irq(cpu, INSTANT_NEVER);
    server_leave_irq(self);
    self->timed &= THREAD_TIMED_COUNTED;
    self->below = thread_below(self);
}

void server_leave_irq(struct thread *thread) {
    if (thread->timed & THREAD_TIMED_SERVED) {
        thread->server->threads--;
    }
}

static status_t server_remove_irq(struct cpu *cpu, struct thread *thread) IRQ_MASKED {
    if (thread == NULL || thread->state == THREAD_ENDED) {
        return STATUS_STALE;
    }
    if (!(thread->timed & THREAD_TIMED_SERVED)) {
        return STATUS_NOT_FOUND;
    }
    if (thread == cpu->current) {
        server_overdraw_irq(cpu, thread);
        server_set_end_irq(cpu, INSTANT_NEVER);
    } else {
        server_order_irq(cpu);
        if (thread_is_throttled(thread)) {
            thread_go_home_irq(thread, &cpu->ready);
        }
    }
    if (bandwidth_limits(thread->server)) {
        bandwidth_remove_irq(cpu, thread);
    }
    server_leave_irq(thread);
    thread->timed = THREAD_TIMED_COUNTED;
    return STATUS_OK;
}

status_t server_remove(thread_id_t id) {
    arch_irq_mask();
    struct cpu *cpu = arch_cpu_self();
    status_t status = server_remove_irq(cpu, thread_find_irq(id));
    bool ask = sched_must_ask_irq(cpu);
    arch_irq_unmask();
    if (ask) {
        task_call_reschedule();
    }
    return status;
}

/* --- What there is to know --- */

status_t server_get_state(const struct server *server, struct server_state *state) {
    uint64_t saved = arch_irq_save();
    const struct cpu *cpu = arch_cpu_self();
    bool open = server->open;
    if (open) {
        bool runs = (cpu->current->timed & THREAD_TIMED_SERVED) && cpu->current->server == server;
        uint64_t used = runs ? instant_since(arch_timer_now(), cpu->since).ticks : 0;
        bool bandwidth = bandwidth_limits(server);
        *state = (struct server_state){
            .left = server_left(server, server->left + (bandwidth ? (int64_t)server->budget : 0) -
                                            (int64_t)used),
            .overruns = server->overruns,
            .threads = server->threads,
            .throttled = !prio_queue_is_empty(&server->throttled),
            .deadline = bandwidth ? server->bandwidth.deadline : INSTANT_NEVER,
        };
    }
    arch_irq_restore(saved);
    return open ? STATUS_OK : STATUS_CLOSED;
}

struct frame *server_wait_call(uint64_t a, uint64_t b, uint64_t c) {
    (void)c;
    struct cpu *cpu = arch_cpu_self();
    struct server *server = (struct server *)(uintptr_t)a;
    uint64_t *overruns = (uint64_t *)(uintptr_t)b;
    status_t status = STATUS_OK;
    if (!server->open) {
        status = STATUS_CLOSED;
    } else if (server->waiter != NULL) {
        status = STATUS_BUSY;
    } else if (server->overruns == server->overruns_told) {
        server->waiter = cpu->current;
        return sched_block_irq(cpu, NULL, overruns);
    } else {
        *overruns = server->overruns - server->overruns_told;
        server->overruns_told = server->overruns;
    }
    arch_frame_set_result(&cpu->current->frame, (uint64_t)(int64_t)status);
    return &cpu->current->frame;
}

status_t server_wait_overrun(struct server *server, uint64_t *overruns) {
    return task_call_server_wait((uint64_t)(uintptr_t)server, (uint64_t)(uintptr_t)overruns);
}
