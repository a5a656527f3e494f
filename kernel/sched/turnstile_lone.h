/* SPDX-License-Identifier: MIT */
/*
 * A turnstile with one waiter, whose owner is lent nothing by any other: what there is to count is known, and
 * so written, not counted. For who goes from one thread to the other and back, in a door.
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

/* Whether `waiter` could be the lone waiter: nobody waits, `owner` waits for nobody and is lent nothing,
 * nothing is left to settle, and it is at most as urgent. O(1). */
static ALWAYS_INLINE bool turnstile_may_join_alone_irq(const struct cpu *cpu,
                                                       const struct turnstile *turnstile,
                                                       const struct thread *waiter,
                                                       const struct thread *owner) IRQ_MASKED {
    return (turnstile->waiters.levels | owner->lent_levels | (uintptr_t)cpu->settling) == 0 &&
           owner->rank.base <= waiter->priority &&
           waiter->rank.height < CONFIG_INHERITANCE_CHAIN_MAX;
}

/* Joins, and `owner` is up to date. O(1). */
static ALWAYS_INLINE void turnstile_join_alone_irq(struct turnstile *turnstile,
                                                   struct thread *waiter,
                                                   struct thread *owner) IRQ_MASKED {
    const unsigned level = waiter->priority;
    const unsigned height = waiter->rank.height;
    const unsigned above = height + 1;
    waiter->turnstile = turnstile;
    waiter->turn.next = &waiter->turn;
    waiter->turn.prev = &waiter->turn;
    turnstile->waiters.levels = BIT(level);
    turnstile->waiters.head[prio_queue_place(level)] = &waiter->turn;
    turnstile->heights = BIT(height);
    turnstile->height_count[height] = 1;
    turnstile->lends = true;
    turnstile->level = (uint8_t)level;
    turnstile->height = (uint8_t)above;
    turnstile->link.next = &owner->turnstiles.head;
    turnstile->link.prev = &owner->turnstiles.head;
    owner->turnstiles.head.next = &turnstile->link;
    owner->turnstiles.head.prev = &turnstile->link;
    owner->lent_levels = BIT(level);
    owner->lent_level_count[level] = 1;
    owner->lent_heights = BIT(height);
    owner->lent_height_count[height] = 1;
    owner->rank.height = (uint8_t)above;
    owner->priority = (uint8_t)level;
}

/* Whether `waiter`, which is alone in it, lends its priority to `owner`, to which nobody else lends
 * anything. O(1). */
static ALWAYS_INLINE bool turnstile_may_leave_alone_irq(const struct cpu *cpu,
                                                        const struct thread *waiter,
                                                        const struct thread *owner) IRQ_MASKED {
    return cpu->settling == NULL && waiter->priority == owner->priority &&
           owner->turnstiles.head.next == owner->turnstiles.head.prev;
}

/* Leaves, and `owner` is up to date, whose own priority is not above the waiter's. O(1). */
static ALWAYS_INLINE void turnstile_leave_alone_irq(struct turnstile *turnstile,
                                                    struct thread *waiter,
                                                    struct thread *owner) IRQ_MASKED {
    const unsigned level = turnstile->level;
    const unsigned height = turnstile->height - 1u;
    waiter->turnstile = NULL;
    turnstile->waiters.levels = 0;
    turnstile->heights = 0;
    turnstile->height_count[height] = 0;
    turnstile->lends = false;
    list_init(&owner->turnstiles);
    owner->lent_levels = 0;
    owner->lent_level_count[level] = 0;
    owner->lent_heights = 0;
    owner->lent_height_count[height] = 0;
    owner->rank.height = 0;
    owner->priority = owner->rank.base;
}

#endif
