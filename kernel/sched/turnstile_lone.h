/* SPDX-License-Identifier: MIT */
/*
 * A turnstile with one waiter, whose owner is lent nothing by any other. For who goes from one thread to the
 * other and back, in a door: what is lent is known, and soon given back, so it is not counted until somebody
 * looks. Then both differ from what turnstile.h says in this: the waiter knows its turnstile and the owner the
 * level, but neither the turnstile nor the owner counts a waiter. That the owner stands in cpu->settling
 * makes who enters count it first; there is one such pair at most.
 */
#ifndef KERNEL_SCHED_TURNSTILE_LONE_H
#define KERNEL_SCHED_TURNSTILE_LONE_H

#include "kernel/sched/sched.h"
#include "kernel/sched/turnstile.h"

/* In user mode: a switch from one such thread to another changes the space and nothing else. O(1). */
static ALWAYS_INLINE bool turnstile_lone_is_plain(const struct thread *thread) {
    _Static_assert(offsetof(struct thread, beside) == offsetof(struct thread, special) + 1,
                   "little-endian: its second byte");
    return thread->special == THREAD_BESIDE_SPACE << 8;
}

/* The running thread waits, with `buffer`; `next`, which waits with no timeout, goes on in its place, at its
 * level. Both are plain. O(1). */
static ALWAYS_INLINE struct frame *turnstile_lone_go_over_irq(struct cpu *cpu, struct thread *self,
                                                              struct thread *next,
                                                              void *buffer) IRQ_MASKED {
    thread_state_move(next, THREAD_WAITING, THREAD_READY);
    thread_state_move(self, THREAD_READY, THREAD_WAITING);
    prio_queue_replace_head(&cpu->ready, &self->node, &next->node, self->priority);
    self->wait_queue = NULL;
    self->wait_buffer = buffer;
    cpu->current = next;
    arch_user_switch(&self->user, &next->user);
    return &next->frame;
}

/* The same for a `next` of another level: it is ready, and whoever is first goes on. O(1). */
static ALWAYS_INLINE struct frame *turnstile_lone_go_irq(struct cpu *cpu, struct thread *self,
                                                         struct thread *next,
                                                         void *buffer) IRQ_MASKED {
    thread_state_move(next, THREAD_WAITING, THREAD_READY);
    thread_state_move(self, THREAD_READY, THREAD_WAITING);
    prio_queue_pop(&cpu->ready, self->priority);
    prio_queue_insert_tail(next->home, &next->node, next->priority);
    self->wait_queue = NULL;
    self->wait_buffer = buffer;
    return sched_exit_irq(cpu);
}

/* Whether `waiter` could be the lone waiter: nobody waits, and `owner`, who waits for nobody, is lent nothing.
 * Nothing is left to settle. O(1). */
static ALWAYS_INLINE bool turnstile_lone_may_join_irq(const struct turnstile *turnstile,
                                                      const struct thread *waiter,
                                                      const struct thread *owner) IRQ_MASKED {
    return (turnstile->waiters.levels | owner->lent_levels) == 0 &&
           waiter->rank.height < CONFIG_INHERITANCE_CHAIN_MAX;
}

/* Joins, and leaves, where the owner stands in no turnstile and is more urgent than all who do in this one: it
 * is up to date. Nothing is left to settle. O(1). */
void turnstile_below_join_irq(struct cpu *cpu, struct turnstile *turnstile,
                              struct thread *waiter) IRQ_MASKED;
void turnstile_below_leave_irq(struct cpu *cpu, struct thread *waiter) IRQ_MASKED;

/* Joins; what that lends is counted by who looks at it first, if ever. O(1). */
static ALWAYS_INLINE void turnstile_lone_join_irq(struct cpu *cpu, struct turnstile *turnstile,
                                                  struct thread *waiter,
                                                  struct thread *owner) IRQ_MASKED {
    waiter->turnstile = turnstile;
    owner->lent_levels = BIT(waiter->priority);
    owner->priority = waiter->priority;
    cpu->settling = owner;
    cpu->lone = waiter;
}

/* `waiter`, which is cpu->lone, leaves; `owner`, the running thread, is what it was. O(1). */
static ALWAYS_INLINE void turnstile_lone_leave_irq(struct cpu *cpu, struct thread *waiter,
                                                   struct thread *owner) IRQ_MASKED {
    waiter->turnstile = NULL;
    owner->lent_levels = 0;
    owner->priority = owner->rank.base;
    cpu->settling = NULL;
    cpu->lone = NULL;
}

/* Whether `waiter`, which has been counted, is alone in its turnstile and lends its priority to `owner`, to
 * which nobody else lends anything; and nothing is left to settle. O(1). */
static ALWAYS_INLINE bool turnstile_lone_is_counted_irq(const struct cpu *cpu,
                                                        const struct thread *waiter,
                                                        const struct thread *owner) IRQ_MASKED {
    return cpu->settling == NULL && waiter->priority == owner->priority &&
           waiter->turn.next == &waiter->turn &&
           waiter->turnstile->waiters.levels == BIT(waiter->priority) &&
           owner->turnstiles.head.next == owner->turnstiles.head.prev;
}

/* Then it is as if it had joined just now. O(1). */
void turnstile_lone_uncount_irq(struct cpu *cpu, struct thread *waiter) IRQ_MASKED;

/* Counts it. O(1). */
void turnstile_lone_count_irq(struct cpu *cpu) IRQ_MASKED;

#endif
