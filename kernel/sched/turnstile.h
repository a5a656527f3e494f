/* SPDX-License-Identifier: MIT */
/*
 * A turnstile: a queue of threads whose turn comes one by one, and who lend their priority to the
 * owner of what they wait for, if it has one. The owner lends on what it has to the owner of what it
 * waits for itself, and so on.
 *
 *     effective priority of a thread = max(base, highest level that a turnstile lends it)
 *     level that a turnstile lends   = max(ceiling, effective priority of its first waiter)
 *
 * Each thread counts what it is lent by level, so that the highest is one count-leading-zeros away
 * and anything can be given back in any order.
 *
 * A change runs along the chain of owners, a masked stretch for each, in thread context. The thread
 * to look at next stands in cpu->settling; all others are as the two lines above say, but for one pair
 * (turnstile_lone.h). Who wants to
 * change what is lent finishes first what another, whom it interrupted, has begun
 * (turnstile_enter()): so nothing moves under a run along a chain, which is as long as the chain.
 * Who runs along it has meanwhile at least the priority that is passed on, so nobody less urgent
 * can keep it from going on.
 *
 * A thread joins while it still runs, then blocks (turnstile_wait()); it may be given its turn in
 * between. One whose time is up, or that faults, is in the queue until it has left by itself.
 *
 * Chains are bounded: every thread knows how many wait in a row behind it, exactly, in the same way
 * as it knows its priority; turnstile_check_irq() refuses what would make a chain too long.
 */
#ifndef KERNEL_SCHED_TURNSTILE_H
#define KERNEL_SCHED_TURNSTILE_H

#include "config.h"
#include "kernel/cpu/cpu.h"
#include "kernel/time/time.h"
#include "lib/context.h"
#include "lib/list.h"
#include "lib/prio_queue.h"
#include "lib/status.h"

struct thread;

/* All zeroes: nobody waits, nobody owns it, no ceiling. */
struct turnstile {
    /* Interrupts masked. */
    struct thread *owner; /* whom they lend to; NULL: nobody */
    uint64_t heights;     /* bit n: waiters with n in a row behind them */
    uint16_t height_count[CONFIG_INHERITANCE_CHAIN_MAX + 1];

    /* Interrupts masked: as it is counted by its owner. */
    bool lends;
    uint8_t level;
    uint8_t height; /* waiters in a row: 0 without waiters */
    struct list_node link;
    struct prio_queue waiters; /* by thread.turn */

    /* Constant after init. */
    bool has_ceiling; /* lends `ceiling` at least, also without waiters */
    bool is_port;     /* of a port; else of a mutex, if somebody owns it */
    uint8_t ceiling;
};

static inline bool turnstile_is_empty(const struct turnstile *turnstile) {
    return prio_queue_is_empty(&turnstile->waiters);
}

/* Empties it: nobody waits, nobody owns it, no ceiling. O(1), any context. */
void turnstile_init(struct turnstile *turnstile);

/* The oldest waiter of the highest priority; there is one. O(1). */
struct thread *turnstile_first_irq(const struct turnstile *turnstile) IRQ_MASKED;

/* --- A change: enter; what is done masked; leave ----------------------------------------------- */

/* Masks, once nothing is left to settle. Masked: O(1). */
void turnstile_enter(void) MASKS_IRQ;

/* Unmasks; settles what the change has begun, and lets run what is then the highest.
 * O(CONFIG_INHERITANCE_CHAIN_MAX), masked O(1). */
void turnstile_leave(struct cpu *cpu) UNMASKS_IRQ;

/* Brings `thread`, which stands in no turnstile, up to date. O(1). */
void turnstile_refresh_irq(struct cpu *cpu, struct thread *thread) IRQ_MASKED;

/* Brings `thread` up to date; what it lends on is then left to settle. O(1). */
void turnstile_settle_irq(struct cpu *cpu, struct thread *thread) IRQ_MASKED;

/* While something is left to settle, the running thread has at least priority `level`. O(1). */
void turnstile_urge_irq(struct cpu *cpu, unsigned level) IRQ_MASKED;

/* The running thread has given something away, and keeps its priority until that is settled: by
 * `heir`, who is lent it now, unless it is NULL; then both are up to date. O(1). */
void turnstile_pass_on_irq(struct cpu *cpu, struct thread *heir) IRQ_MASKED;

/* --- Changes: the caller has entered ------------------------------------------------------------ */

/* Whether `thread` may wait for what `owner` has. DEADLOCK: `owner` waits for `thread`, or is it.
 * TOO_DEEP. O(CONFIG_INHERITANCE_CHAIN_MAX). */
MUST_USE status_t turnstile_check_irq(const struct thread *thread,
                                      const struct thread *owner) IRQ_MASKED;

/* Makes `owner`, for which there is nobody yet, the one that `turnstile` lends to. It is not up to
 * date. O(1). */
void turnstile_own_irq(struct turnstile *turnstile, struct thread *owner) IRQ_MASKED;

/* Takes all back from the owner, which is not up to date, and has none. O(1). */
void turnstile_disown_irq(struct turnstile *turnstile) IRQ_MASKED;

/* `thread` joins; the owner, if any, is left to settle. O(1). */
void turnstile_join_irq(struct cpu *cpu, struct turnstile *turnstile,
                        struct thread *thread) IRQ_MASKED;

/* `thread` is taken out of the turnstile it stands in; the owner, if any, is left to settle. What
 * its wait returns is `result`. O(1). */
void turnstile_take_irq(struct cpu *cpu, struct thread *thread, status_t result) IRQ_MASKED;

/* Takes the first waiter out of a turnstile that nobody owns. O(1). */
struct thread *turnstile_pop_irq(struct turnstile *turnstile, status_t result) IRQ_MASKED;

/* The first waiter, who is taken out with `result`, owns what the running thread owned. Neither is
 * up to date. O(1). */
struct thread *turnstile_hand_over_irq(struct turnstile *turnstile, status_t result) IRQ_MASKED;

/* What `thread` is to be: computed from its base and all that it is lent. O(1). */
unsigned turnstile_priority(const struct thread *thread);

/* --- Waiting ------------------------------------------------------------------------------------- */

/* Waits until the caller is taken out of the turnstile that it stands in, and tells with which
 * result; or leaves it when `deadline` is past: TIMED_OUT. Masked: O(log timed events). */
status_t turnstile_wait(instant_t deadline) IRQ_UNMASKED;

/* The second half of it. O(CONFIG_INHERITANCE_CHAIN_MAX), masked O(1). */
status_t turnstile_end_wait(void) IRQ_UNMASKED;

/* Lets `thread`, taken out before, run, if it waits. O(log timed events). */
void turnstile_wake_irq(struct cpu *cpu, struct thread *thread) IRQ_MASKED;

/* Takes the first waiter, of whom there is one, out and lets it run: `result` is what its wait, or its
 * system call, returns. The owner is left to settle. O(log timed events). */
void turnstile_dismiss_irq(struct cpu *cpu, struct turnstile *turnstile,
                           status_t result) IRQ_MASKED;

struct frame *turnstile_wait_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

#endif
