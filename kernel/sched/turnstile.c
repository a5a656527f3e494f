/* SPDX-License-Identifier: MIT */
/* Lending priority along chains of owners. */
#include "kernel/sched/turnstile.h"

#include "arch/task_call.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/server_internal.h"
#include "kernel/sched/turnstile_lone.h"
#include "kernel/sched/wait_place.h"
#include "lib/bound.h"

#define CHAIN_MAX CONFIG_INHERITANCE_CHAIN_MAX

_Static_assert(CHAIN_MAX >= 1 && CHAIN_MAX <= 64, "heights are bits of a word");
_Static_assert(CONFIG_THREAD_SLOTS + CONFIG_CEILINGS_HELD_MAX <= UINT16_MAX,
               "a thread counts a turnstile for each waiter, and those with a ceiling");

static struct thread *thread_of_turn(struct prio_node *node) {
    return CONTAINER_OF(node, struct thread, turn);
}

void turnstile_init(struct turnstile *turnstile) {
    prio_queue_init(&turnstile->waiters);
    turnstile->owner = NULL;
    turnstile->heights = 0;
    BOUND_LOOP(heights, CHAIN_MAX + 1);
    for (unsigned i = 0; i <= CHAIN_MAX; i++) {
        BOUND_TURN(heights);
        turnstile->height_count[i] = 0;
    }
    turnstile->lends = false;
    turnstile->has_ceiling = false;
    turnstile->is_port = false;
    turnstile->ceiling = 0;
}

struct thread *turnstile_first_irq(const struct turnstile *turnstile) {
    return thread_of_turn(prio_queue_first(&turnstile->waiters));
}

/* --- Counts by level, with a bit for each that is not 0 --- */

static void tally_add(uint64_t *levels, uint16_t *counts, unsigned level) {
    counts[level]++;
    *levels |= BIT(level);
}

static void tally_remove(uint64_t *levels, uint16_t *counts, unsigned level) {
    if (--counts[level] == 0) {
        *levels &= ~BIT(level);
    }
}

/* How many levels there are up to the highest that is not empty; 0: all are empty. */
static unsigned tally_top(uint64_t levels) {
    return levels != 0 ? bits_highest(levels) + 1 : 0;
}

/* --- What a thread is, of what it is lent --- */

unsigned turnstile_priority(const struct thread *thread) {
    const struct thread_rank *rank = &thread->rank;
    unsigned own = rank->base > rank->floor ? rank->base : rank->floor;
    unsigned lent = bits_highest(thread->lent_levels | 1);
    return own > lent ? own : lent;
}

/* --- What a turnstile lends --- */

static unsigned turnstile_level(const struct turnstile *turnstile) {
    unsigned level = bits_highest(turnstile->waiters.levels | 1);
    return level > turnstile->ceiling ? level : turnstile->ceiling;
}

static void turnstile_uncount(struct turnstile *turnstile) {
    struct thread *owner = turnstile->owner;
    tally_remove(&owner->lent_levels, owner->lent_level_count, turnstile->level);
    if (turnstile->height != 0) {
        tally_remove(&owner->lent_heights, owner->lent_height_count, turnstile->height - 1u);
    }
}

/* Has the owner count what the turnstile lends now. */
static void turnstile_count(struct turnstile *turnstile) {
    struct thread *owner = turnstile->owner;
    turnstile->level = (uint8_t)turnstile_level(turnstile);
    turnstile->height = (uint8_t)tally_top(turnstile->heights);
    tally_add(&owner->lent_levels, owner->lent_level_count, turnstile->level);
    if (turnstile->height != 0) {
        tally_add(&owner->lent_heights, owner->lent_height_count, turnstile->height - 1u);
    }
}

static void turnstile_begin_to_lend(struct turnstile *turnstile) {
    turnstile->lends = true;
    turnstile_count(turnstile);
    list_push_back(&turnstile->owner->turnstiles, &turnstile->link);
}

static void turnstile_end_to_lend(struct turnstile *turnstile) {
    turnstile->lends = false;
    turnstile_uncount(turnstile);
    list_remove(&turnstile->link);
}

static bool turnstile_has_to_lend(const struct turnstile *turnstile) {
    return !turnstile_is_empty(turnstile) || turnstile->has_ceiling;
}

void turnstile_own_irq(struct turnstile *turnstile, struct thread *owner) {
    turnstile->owner = owner;
    if (turnstile_has_to_lend(turnstile)) {
        turnstile_begin_to_lend(turnstile);
    }
}

void turnstile_disown_irq(struct turnstile *turnstile) {
    if (turnstile->lends) {
        turnstile_end_to_lend(turnstile);
    }
    turnstile->owner = NULL;
}

/* --- Waiters --- */

static void turnstile_enqueue(struct turnstile *turnstile, struct thread *thread) {
    prio_queue_insert_tail(&turnstile->waiters, &thread->turn, thread->priority);
    tally_add(&turnstile->heights, turnstile->height_count, thread->rank.height);
}

static void turnstile_dequeue(struct turnstile *turnstile, struct thread *thread) {
    prio_queue_remove(&turnstile->waiters, &thread->turn, thread->priority);
    tally_remove(&turnstile->heights, turnstile->height_count, thread->rank.height);
}

static bool turnstile_is_counted_right(const struct turnstile *turnstile) {
    return turnstile_level(turnstile) == turnstile->level &&
           tally_top(turnstile->heights) == turnstile->height;
}

/* After a change of the waiters: the owner counts it, and is left to settle. O(1). */
static void turnstile_changed_irq(struct cpu *cpu, struct turnstile *turnstile) IRQ_MASKED {
    if (turnstile->owner == NULL) {
        return;
    }
    if (!turnstile->lends) {
        turnstile_begin_to_lend(turnstile);
    } else if (!turnstile_has_to_lend(turnstile)) {
        turnstile_end_to_lend(turnstile);
    } else if (!turnstile_is_counted_right(turnstile)) {
        turnstile_uncount(turnstile);
        turnstile_count(turnstile);
    } else {
        return;
    }
    cpu->settling = turnstile->owner;
}

void turnstile_join_irq(struct cpu *cpu, struct turnstile *turnstile, struct thread *thread) {
    thread->turnstile = turnstile;
    turnstile_enqueue(turnstile, thread);
    turnstile_changed_irq(cpu, turnstile);
}

/* `thread` is out of the turnstile; the owner does not count that yet. */
static void turnstile_remove(struct thread *thread, status_t result) {
    turnstile_dequeue(thread->turnstile, thread);
    thread->turnstile = NULL;
    thread->turn_result = (int16_t)result;
}

void turnstile_take_irq(struct cpu *cpu, struct thread *thread, status_t result) {
    struct turnstile *turnstile = thread->turnstile;
    turnstile_remove(thread, result);
    turnstile_changed_irq(cpu, turnstile);
}

struct thread *turnstile_pop_irq(struct turnstile *turnstile, status_t result) {
    struct thread *first = turnstile_first_irq(turnstile);
    turnstile_remove(first, result);
    return first;
}

struct thread *turnstile_hand_over_irq(struct turnstile *turnstile, status_t result) {
    turnstile_end_to_lend(turnstile);
    struct thread *heir = turnstile_pop_irq(turnstile, result);
    turnstile_own_irq(turnstile, heir);
    return heir;
}

status_t turnstile_check_irq(const struct thread *thread, const struct thread *owner) {
    unsigned depth = thread->rank.height;
    BOUND_LOOP(owners, CHAIN_MAX + 1); /* a chain of the greatest length, and the new owner */
    for (;;) {
        BOUND_TURN(owners);
        if (owner == thread) {
            return STATUS_DEADLOCK;
        }
        depth++;
        if (owner->turnstile == NULL || owner->turnstile->owner == NULL) {
            /* A port without a server has its place kept. */
            depth += owner->turnstile != NULL && owner->turnstile->is_port;
            return depth > CHAIN_MAX ? STATUS_TOO_DEEP : STATUS_OK;
        }
        owner = owner->turnstile->owner;
    }
}

/* --- Along the chain --- */

/* Gives `thread` its priority, in the turnstile that it stands in, too. O(1). */
static void turnstile_move_irq(struct cpu *cpu, struct turnstile *turnstile, struct thread *thread,
                               unsigned priority) IRQ_MASKED {
    if (turnstile != NULL) {
        prio_queue_remove(&turnstile->waiters, &thread->turn, thread->priority);
        prio_queue_insert_tail(&turnstile->waiters, &thread->turn, priority);
    }
    sched_set_priority_irq(cpu, thread, priority);
}

static void turnstile_set_height(struct turnstile *turnstile, struct thread *thread,
                                 unsigned height) {
    if (turnstile != NULL) {
        tally_remove(&turnstile->heights, turnstile->height_count, thread->rank.height);
        tally_add(&turnstile->heights, turnstile->height_count, height);
    }
    thread->rank.height = (uint8_t)height;
}

void turnstile_refresh_irq(struct cpu *cpu, struct thread *thread) {
    unsigned priority = turnstile_priority(thread);
    thread->rank.height = (uint8_t)tally_top(thread->lent_heights);
    if (priority != thread->priority) {
        sched_set_priority_irq(cpu, thread, priority);
    }
    if (UNLIKELY(thread->timed & THREAD_TIMED_SERVED)) {
        cpu->settling = thread; /* its server is to be told, in a stretch of its own */
    }
}

/* Nobody else lends anything to the owner, whose count has a level already, but not how often. */
void turnstile_lone_count_irq(struct cpu *cpu) {
    struct thread *waiter = cpu->lone;
    struct turnstile *turnstile = waiter->turnstile;
    struct thread *owner = turnstile->owner;
    cpu->lone = NULL;
    cpu->settling = NULL;
    turnstile_enqueue(turnstile, waiter);
    turnstile_begin_to_lend(turnstile);
    owner->rank.height = (uint8_t)tally_top(owner->lent_heights);
}

/* It lends nothing that counts, but stands behind the owner. */
static void turnstile_below_changed_irq(struct cpu *cpu, struct thread *owner) IRQ_MASKED {
    owner->rank.height = (uint8_t)tally_top(owner->lent_heights);
    cpu->settling = NULL;
}

void turnstile_below_join_irq(struct cpu *cpu, struct turnstile *turnstile, struct thread *waiter) {
    turnstile_join_irq(cpu, turnstile, waiter);
    turnstile_below_changed_irq(cpu, turnstile->owner);
}

void turnstile_below_leave_irq(struct cpu *cpu, struct thread *waiter) {
    struct thread *owner = waiter->turnstile->owner;
    turnstile_take_irq(cpu, waiter, STATUS_OK);
    turnstile_below_changed_irq(cpu, owner);
}

void turnstile_lone_uncount_irq(struct cpu *cpu, struct thread *waiter) {
    struct turnstile *turnstile = waiter->turnstile;
    struct thread *owner = turnstile->owner;
    turnstile_end_to_lend(turnstile);
    turnstile_dequeue(turnstile, waiter);
    turnstile_lone_join_irq(cpu, turnstile, waiter, owner);
    owner->rank.height = 0;
}

void turnstile_settle_irq(struct cpu *cpu, struct thread *thread) {
    struct turnstile *turnstile = thread->turnstile;
    unsigned priority = turnstile_priority(thread);
    unsigned height = tally_top(thread->lent_heights);
    bool moves = priority != thread->priority;
    cpu->settling = NULL;
    if (moves) {
        turnstile_move_irq(cpu, turnstile, thread, priority);
    }
    if (UNLIKELY(thread->timed & THREAD_TIMED_SERVED)) {
        server_lent_irq(cpu, thread);
    }
    if (height != thread->rank.height) {
        turnstile_set_height(turnstile, thread, height);
        moves = true;
    }
    if (UNLIKELY(!moves)) {
        if (thread->state == THREAD_WAITING_ANY) {
            wait_place_follow_irq(thread); /* left over from when it moved */
        } else if (cpu->lone != NULL) {
            turnstile_lone_count_irq(cpu);
        }
    } else if (turnstile != NULL) {
        turnstile_changed_irq(cpu, turnstile);
    }
}

void turnstile_urge_irq(struct cpu *cpu, unsigned level) {
    struct thread *self = cpu->current;
    if (cpu->settling != NULL && level > self->priority) {
        self->rank.floor = (uint8_t)level;
        sched_set_priority_irq(cpu, self, level);
    }
}

void turnstile_pass_on_irq(struct cpu *cpu, struct thread *heir) {
    struct thread *self = cpu->current;
    cpu->settling = heir;
    self->rank.floor = self->priority;
    turnstile_set_height(self->turnstile, self, tally_top(self->lent_heights));
}

void turnstile_enter(void) {
    arch_irq_mask();
    struct cpu *cpu = arch_cpu_self();
    /* One run at most is under way, and nothing moves under it; its last thread's places follow. Or there is
     * a loan to be counted. One that comes in between two turns is of a higher thread's call, put off. */
    BOUND_LOOP(chain, CHAIN_MAX + 1);
    while (UNLIKELY(cpu->settling != NULL)) {
        BOUND_TURN(chain);
        turnstile_settle_irq(cpu, cpu->settling);
        arch_irq_unmask();
        arch_irq_mask();
    }
}

/* Goes on with what the change has begun; masked again in the end. */
static NOINLINE void turnstile_finish(struct cpu *cpu) IRQ_MASKED {
    arch_irq_unmask();
    turnstile_enter();
    struct thread *self = cpu->current;
    if (self->rank.floor != 0 || (self->timed & THREAD_TIMED_SERVED)) {
        self->rank.floor = 0;
        turnstile_settle_irq(cpu, self);
    }
}

void turnstile_leave(struct cpu *cpu) {
    /* Once more if what the caller had as a floor it lent, having been moved meanwhile. */
    BOUND_LOOP(rounds, 2);
    while (UNLIKELY(cpu->settling != NULL || cpu->current->rank.floor != 0)) {
        BOUND_TURN(rounds);
        turnstile_finish(cpu);
    }
    bool ask = sched_must_ask_irq(cpu);
    arch_irq_unmask();
    if (ask) {
        task_call_reschedule();
    }
}

/* --- Waiting --- */

struct frame *turnstile_wait_call(uint64_t a, uint64_t b, uint64_t c) {
    (void)b, (void)c;
    struct cpu *cpu = arch_cpu_self();
    struct thread *self = cpu->current;
    instant_t deadline = {a};
    if (self->turnstile == NULL || deadline.ticks <= arch_timer_now().ticks) {
        return &self->frame;
    }
    return sched_block_until_irq(cpu, NULL, NULL, TIMED_EVENT_TIMEOUT, deadline);
}

/* The time is up: the caller leaves by itself, if it has not been given its turn meanwhile. */
static NOINLINE void turnstile_give_up(void) {
    turnstile_enter();
    struct cpu *cpu = arch_cpu_self();
    if (cpu->current->turnstile != NULL) {
        turnstile_take_irq(cpu, cpu->current, STATUS_TIMED_OUT);
    }
    turnstile_leave(cpu);
}

status_t turnstile_end_wait(void) {
    const struct thread *self = arch_cpu_self()->current;
    if (self->turnstile != NULL) {
        turnstile_give_up();
    }
    return (status_t)self->turn_result;
}

status_t turnstile_wait(instant_t deadline) {
    task_call_turnstile_wait(deadline.ticks);
    return turnstile_end_wait();
}

void turnstile_wake_irq(struct cpu *cpu, struct thread *thread) {
    if (thread_is_waiting(thread)) {
        sched_wake_irq(cpu, thread, STATUS_OK);
    }
}

void turnstile_dismiss_irq(struct cpu *cpu, struct turnstile *turnstile, status_t result) {
    struct thread *waiter = turnstile_first_irq(turnstile);
    turnstile_take_irq(cpu, waiter, result);
    if (thread_is_waiting(waiter)) {
        sched_wake_irq(cpu, waiter, result);
    }
    turnstile_urge_irq(cpu, waiter->priority);
}
