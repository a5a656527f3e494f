/* SPDX-License-Identifier: MIT */
/* Mutexes, for the other files of this room. */
#ifndef KERNEL_SYNC_MUTEX_INTERNAL_H
#define KERNEL_SYNC_MUTEX_INTERNAL_H

#include "kernel/sched/sched.h"
#include "kernel/sync/mutex.h"

/* In the word, above every slot's index. */
#define MUTEX_SLOW BIT(31)

/* What the word of a mutex is that `thread` owns and nobody waits for. */
static ALWAYS_INLINE uint64_t mutex_word_of(const struct thread *thread) {
    uint64_t word;
    _Static_assert(sizeof(thread->id) == sizeof(word), "an id is a word");
    __builtin_memcpy(&word, &thread->id, sizeof(word));
    return word;
}

static inline bool mutex_is_owner(const struct mutex *mutex, const struct thread *thread) {
    return (mutex->word & ~MUTEX_SLOW) == mutex_word_of(thread);
}

/* Takes `mutex` if nobody has it, or who had it has ended; else WOULD_BLOCK, or why not at all.
 * O(1). */
status_t mutex_take_irq(struct cpu *cpu, struct mutex *mutex) IRQ_MASKED;

/* Whether somebody owns it who is to hand it over. O(1). */
bool mutex_is_to_wait_for_irq(const struct mutex *mutex) IRQ_MASKED;

/* Whether `thread` may wait for `mutex`, which somebody owns: OK, DEADLOCK, TOO_DEEP.
 * O(CONFIG_INHERITANCE_CHAIN_MAX). */
status_t mutex_check_irq(const struct mutex *mutex, const struct thread *thread) IRQ_MASKED;

/* It may, and does. O(1). */
void mutex_join_irq(struct cpu *cpu, struct mutex *mutex, struct thread *thread) IRQ_MASKED;

/* The running thread, its owner, gives it away, to the first waiter with `result`. O(log timed
 * events). */
void mutex_release_irq(struct cpu *cpu, struct mutex *mutex, status_t result) IRQ_MASKED;

#endif
