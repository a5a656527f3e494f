/* SPDX-License-Identifier: MIT */
/*
 * Blocking, waking by time, and the quantum.
 *
 * The quantum is tick-free: it is armed only while the running thread is a round-robin one whose
 * level holds somebody else, so a lone thread is never interrupted for it. A preempted thread keeps
 * what was left.
 */
#include "kernel/sched/sched.h"

#include "drivers/irqchip/irqchip.h"
#include "kernel/sched/cpu_time_internal.h"
#include "kernel/sched/deadline_order.h"
#include "kernel/sched/server_internal.h"
#include "kernel/sched/wait_place.h"
#include "kernel/trace/trace_write.h"

/* First what is known of the state here, then the event. */
bool sched_wake_other_irq(struct cpu *cpu, struct thread *waiter, status_t result) {
    if (UNLIKELY(waiter->state != THREAD_WAITING_TIMED)) {
        return wait_place_claim_irq(cpu, waiter, result);
    }
    thread_state_move(waiter, THREAD_WAITING_TIMED, THREAD_WAITING);
    bool ask = sched_wake_untimed_irq(cpu, waiter, result);
    timed_event_cancel_irq(cpu, &waiter->timeout);
    return ask;
}

void sched_wake_other_in_door_irq(struct cpu *cpu, struct thread *waiter, status_t result) {
    if (UNLIKELY(waiter->state != THREAD_WAITING_TIMED)) {
        (void)wait_place_claim_irq(cpu, waiter, result);
        return;
    }
    thread_state_move(waiter, THREAD_WAITING_TIMED, THREAD_WAITING);
    sched_wake_untimed_irq(cpu, waiter, result);
    timed_event_cancel_in_door_irq(cpu, &waiter->timeout);
}

/* Both ways of blocking; `state` is a constant. O(1). */
static ALWAYS_INLINE struct frame *sched_leave_irq(struct cpu *cpu, struct prio_queue *queue,
                                                   void *buffer,
                                                   enum thread_state state) IRQ_MASKED {
    struct thread *self = cpu->current;
    unsigned level = self->priority;
    prio_queue_pop(&cpu->ready, level); /* the running thread is its level's oldest */
    thread_state_move(self, THREAD_READY, state);
    self->wait_token++;
    self->wait_queue = queue;
    self->wait_buffer = buffer;
    if (queue != NULL) {
        prio_queue_insert_tail(queue, &self->node, level);
    }
    return sched_switch_irq(cpu, sched_pick_irq(cpu));
}

struct frame *sched_block_irq(struct cpu *cpu, struct prio_queue *queue, void *buffer) {
    return sched_leave_irq(cpu, queue, buffer, THREAD_WAITING);
}

struct frame *sched_block_until_irq(struct cpu *cpu, struct prio_queue *queue, void *buffer,
                                    enum timed_event_kind kind, instant_t deadline) {
    if (deadline.ticks == INSTANT_NEVER.ticks) {
        return sched_block_irq(cpu, queue, buffer);
    }
    struct thread *self = cpu->current;
    self->timeout.token = self->wait_token + 1; /* the wait's, once it has begun */
    timed_event_arm_irq(cpu, &self->timeout, kind, self->priority, deadline);
    return sched_leave_irq(cpu, queue, buffer, THREAD_WAITING_TIMED);
}

/* A timed event belongs to one wait: after that wait it says nothing. */
static bool sched_event_is_stale(struct cpu *cpu, const struct thread *thread,
                                 const struct timed_event *event) {
    if (LIKELY(thread->state == THREAD_WAITING_TIMED && thread->wait_token == event->token)) {
        return false;
    }
    cpu->stale_timeouts++;
    return true;
}

/* The wait of `thread` ends by its timed event, which is no longer armed. O(1). */
static void sched_wake_by_time_irq(struct cpu *cpu, struct thread *thread,
                                   status_t result) IRQ_MASKED {
    thread_state_move(thread, THREAD_WAITING_TIMED, THREAD_WAITING);
    sched_wake_untimed_irq(cpu, thread, result);
}

void sched_wake_event(struct cpu *cpu, struct timed_event *event) {
    struct thread *thread = CONTAINER_OF(event, struct thread, timeout);
    if (!sched_event_is_stale(cpu, thread, event)) {
        sched_wake_by_time_irq(cpu, thread, STATUS_OK);
    }
}

void sched_timeout_event(struct cpu *cpu, struct timed_event *event) {
    struct thread *thread = CONTAINER_OF(event, struct thread, timeout);
    if (sched_event_is_stale(cpu, thread, event)) {
        return;
    }
    if (thread->wait_queue != NULL) {
        prio_queue_remove(thread->wait_queue, &thread->node, thread->priority);
    }
    if (thread->joining != NULL) {
        thread->joining->joiner = NULL;
        thread->joining = NULL;
    }
    sched_wake_by_time_irq(cpu, thread, STATUS_TIMED_OUT);
    if (thread->turnstile != NULL) {
        /* Before its level, where those may be whom it lends its priority, until it runs. */
        prio_queue_lead(thread->home, &thread->node, thread->priority);
    }
}

/* Whether others share the level of `thread`, which is ready. */
static bool sched_is_contested(const struct thread *thread) {
    return thread->node.next != &thread->node;
}

static void sched_quantum_begin(struct cpu *cpu, struct thread *thread, instant_t now) {
    duration_t share = thread->quantum_left.ticks != 0 ? thread->quantum_left : cpu->quantum;
    cpu->quantum_end = instant_add(now, share);
}

/* The running round-robin thread goes on: its quantum starts if its level has become contested, and
 * ends if it no longer is. */
static void sched_quantum_stay(struct cpu *cpu, struct thread *current) {
    bool running = cpu->quantum_end.ticks != INSTANT_NEVER.ticks;
    bool contested = sched_is_contested(current);
    if (contested && !running) {
        sched_quantum_begin(cpu, current, arch_timer_now());
    } else if (!contested && running) {
        current->quantum_left = (duration_t){0};
        cpu->quantum_end = INSTANT_NEVER;
    }
}

/* The quantum of `thread`, the running one, is used up. */
static void sched_quantum_end(struct cpu *cpu, struct thread *thread) {
    thread->quantum_left = (duration_t){0};
    cpu->quantum_end = INSTANT_NEVER;
    if (sched_is_contested(thread)) {
        prio_queue_rotate(&cpu->ready, thread->priority);
        /* The exit sees another head and switches; a higher thread may have come in between, and
         * then this one starts afresh when its turn comes. */
    }
}

/* The round-robin thread `previous` gives the CPU up: what it will start with next time. A
 * preempted one keeps its place and what is left; one with nothing left goes behind its level. */
static void sched_quantum_leave(struct cpu *cpu, struct thread *previous, instant_t now) {
    bool preempted = previous->state == THREAD_READY &&
                     prio_queue_head(&cpu->ready, previous->priority) == &previous->node;
    if (!preempted) {
        previous->quantum_left = (duration_t){0};
    } else if (cpu->quantum_end.ticks != INSTANT_NEVER.ticks) {
        previous->quantum_left = instant_since(cpu->quantum_end, now);
        if (previous->quantum_left.ticks == 0) {
            prio_queue_rotate(&cpu->ready, previous->priority);
        }
    }
}

static ALWAYS_INLINE void sched_trace_limit_irq(const struct cpu *cpu, const struct thread *thread,
                                                enum trace_limit limit) IRQ_MASKED {
    trace_tell_irq(cpu, thread_trace_id(thread), trace_what(TRACE_LIMIT, limit, 0), 0);
}

void sched_limit_event(struct cpu *cpu) {
    struct thread *current = cpu->current;
    if (current->timed & THREAD_TIMED_SERVED) {
        server_used_up_irq(cpu, current);
        if (CONFIG_TRACE && current->home != &cpu->ready) { /* the last of several steps */
            sched_trace_limit_irq(cpu, current, TRACE_LIMIT_BUDGET);
        }
    } else if (current->by_deadline) {
        deadline_order_step_irq(cpu, current); /* the exit sees whether that was all */
    } else {
        sched_trace_limit_irq(cpu, current, TRACE_LIMIT_QUANTUM);
        sched_quantum_end(cpu, current);
    }
}

/* For who runs by deadline, which has no quantum: that ends at once where it has yet to be compared
 * with others of its level, and never where it was. */
static void sched_order_begin(struct cpu *cpu, struct thread *next) {
    cpu->quantum_end.ticks = deadline_order_is_open(cpu, next) ? 0 : INSTANT_NEVER.ticks;
}

/* A thread gives the CPU up that has a quantum, a budget or a deadline, or is counted. */
static ALWAYS_INLINE void sched_limits_leave(struct cpu *cpu, struct thread *previous,
                                             const struct thread *next, instant_t now) IRQ_MASKED {
    if (previous->timed) {
        instant_t began = cpu->since;
        uint64_t ran = instant_since(now, began).ticks;
        previous->cpu_time.ticks += ran;
        if (previous->timed & THREAD_TIMED_SERVED) {
            server_charge_irq(cpu, previous, next, began, ran);
            return;
        }
    }
    if (previous->by_deadline) {
        deadline_order_leave(cpu, next);
    } else if (previous->round_robin) {
        sched_quantum_leave(cpu, previous, now);
    }
}

/* Quantum, budget, count and order change hands. */
static void sched_limits_pass(struct cpu *cpu, struct thread *previous,
                              struct thread *next) IRQ_MASKED {
    instant_t now = arch_timer_now();
    sched_limits_leave(cpu, previous, next, now);
    cpu->since = now;
    if (next->timed & THREAD_TIMED_SERVED) {
        cpu->quantum_end = server_end_irq(next, now);
    } else if (!next->round_robin) {
        cpu->quantum_end = INSTANT_NEVER;
    } else if (next->by_deadline) {
        sched_order_begin(cpu, next);
    } else if (sched_is_contested(next)) {
        sched_quantum_begin(cpu, next, now);
    } else {
        cpu->quantum_end = INSTANT_NEVER;
    }
}

/* The running thread goes on: with what it may have meanwhile. */
static void sched_limits_stay(struct cpu *cpu, struct thread *current) IRQ_MASKED {
    if (current->timed & THREAD_TIMED_SERVED) {
        cpu->quantum_end = server_stay_irq(cpu, current);
    } else if (current->by_deadline) {
        deadline_order_leave(cpu, current);
        sched_order_begin(cpu, current);
    } else if (current->round_robin) {
        sched_quantum_stay(cpu, current);
    } else {
        cpu->quantum_end = INSTANT_NEVER;
    }
}

/* Of a thread that has just ended the area is free again, but still its own until the unmasking. */
static struct fp_state *sched_fp_of(const struct thread *thread) {
    return thread->beside & THREAD_BESIDE_FP ? thread->fp : NULL;
}

/* `next` is the running thread now. */
static ALWAYS_INLINE void sched_enter_irq(struct cpu *cpu, struct thread *next,
                                          uint64_t look) IRQ_MASKED {
    cpu->current = next;
    cpu->below = CPU_BELOW(next->priority) | look;
    timed_event_watch_irq(cpu);
    irqchip_set_level(next->priority);
    timed_event_program_irq(cpu, next->priority);
}

/* The same where one of both has more than registers, or less than all the time; or in a trace. */
static ALWAYS_INLINE struct frame *sched_settle_closely_irq(struct cpu *cpu,
                                                            struct thread *previous,
                                                            struct thread *next,
                                                            uint64_t look) IRQ_MASKED {
    if (previous == next) {
        sched_limits_stay(cpu, next);
        sched_enter_irq(cpu, next, look);
        return &next->frame;
    }
    if (((previous->special | next->special) & THREAD_SPECIAL_LIMITS) != 0) {
        sched_limits_pass(cpu, previous, next);
    }
    sched_enter_irq(cpu, next, look);
    const unsigned beside = previous->beside | next->beside;
    if (beside & THREAD_BESIDE_SPACE) {
        arch_user_switch(&previous->user, &next->user);
    }
    if (beside & THREAD_BESIDE_FP) {
        return arch_fp_switch(sched_fp_of(previous), sched_fp_of(next), &next->frame);
    }
    return &next->frame;
}

static NOINLINE struct frame *sched_settle_special_irq(struct cpu *cpu, struct thread *previous,
                                                       struct thread *next) IRQ_MASKED {
    return sched_settle_closely_irq(cpu, previous, next, next->special != 0 ? CPU_BELOW_LOOK : 0);
}

/* What the record of a switch tells of a state is what it is. */
_Static_assert((unsigned)THREAD_FREE == TRACE_LEFT_GONE &&
                   (unsigned)THREAD_READY == TRACE_LEFT_READY &&
                   (unsigned)THREAD_WAITING == TRACE_LEFT_WAITS &&
                   (unsigned)THREAD_WAITING_TIMED == TRACE_LEFT_WAITS_TIME &&
                   (unsigned)THREAD_ENDED == TRACE_LEFT_ENDED &&
                   (unsigned)THREAD_WAITING_ANY == TRACE_LEFT_WAITS_ANY,
               "as abi/trace_record.h says");

/* In a trace: the moment at which the wait of `previous` ends anyway, if it is one that does. O(1). */
static ALWAYS_INLINE uint64_t sched_until_irq(const struct cpu *cpu,
                                              const struct thread *previous) IRQ_MASKED {
    return timer_queue_moment(&cpu->events, previous->timeout.id);
}

/* In a trace: notes the switch, or the interrupt that ends. O(1). */
static ALWAYS_INLINE void sched_trace_irq(struct cpu *cpu, const struct thread *previous,
                                          const struct thread *next) IRQ_MASKED {
    struct trace_ring *ring = trace_of_irq(cpu);
    uint64_t entered = cpu->trace_entered.ticks;
    uint64_t id = thread_trace_id(next);
    if (entered != 0) {
        uint64_t cause = cpu->trace_cause;
        cpu->trace_entered.ticks = 0;
        cpu->trace_cause = 0;
        ring->who = id;
        trace_put_irq(ring, arch_timer_now(), id, trace_what(TRACE_IRQ, previous->state, cause),
                      entered);
        if (UNLIKELY((cause & ring->freezes) != 0)) {
            trace_freeze_irq(ring);
        }
    } else if (previous != next) {
        ring->who = id;
        trace_put_irq(ring, arch_timer_now(), id,
                      trace_what(TRACE_SWITCH, previous->state, sched_until_irq(cpu, previous)),
                      (uint64_t)(uintptr_t)previous->wait_queue);
    }
}

/* The same in a trace, which looks at each switch. */
static NOINLINE struct frame *sched_settle_traced_irq(struct cpu *cpu, struct thread *previous,
                                                      struct thread *next) IRQ_MASKED {
    sched_trace_irq(cpu, previous, next);
    return sched_settle_closely_irq(cpu, previous, next, CPU_BELOW_LOOK);
}

struct frame *sched_settle_irq(struct cpu *cpu, struct thread *next) {
    struct thread *previous = cpu->current;
    if (UNLIKELY(trace_of_irq(cpu) != NULL)) {
        return sched_settle_traced_irq(cpu, previous, next);
    }
    if (UNLIKELY((previous->special | next->special) != 0)) {
        return sched_settle_special_irq(cpu, previous, next);
    }
    sched_enter_irq(cpu, next, 0);
    return &next->frame;
}

void sched_start(struct cpu *cpu, duration_t quantum) {
    check(quantum.ticks > 0);
    cpu->quantum = quantum;
    cpu->current = cpu->idle;
    arch_frame_resume(sched_exit_irq(cpu));
}
