/* SPDX-License-Identifier: MIT */
/* Locking and unlocking: the word, and behind it the turnstile. */
#include "kernel/sync/mutex.h"

#include "kernel/sched/sched.h"
#include "kernel/sync/mutex_internal.h"

_Static_assert(CONFIG_THREAD_SLOTS <= 65534, "MUTEX_SLOW is above every slot's index");

/* What the word of a mutex is that nobody has. */
static uint64_t mutex_free_word(const struct mutex *mutex) {
    return mutex->closed || mutex->turnstile.has_ceiling ? MUTEX_SLOW : 0;
}

static void mutex_set_owner(struct mutex *mutex, const struct thread *owner) {
    bool slow = mutex->turnstile.lends || mutex->depth != 0 || mutex->closed;
    mutex->word = mutex_word_of(owner) | (slow ? MUTEX_SLOW : 0);
}

/* The slot of who owns it, or owned it and is gone. */
static struct thread *mutex_owner(const struct mutex *mutex) {
    return &thread_slots[mutex->word & (MUTEX_SLOW - 1)];
}

static bool mutex_is_free(const struct mutex *mutex) {
    return (mutex->word & ~MUTEX_SLOW) == 0;
}

/* Whether the owner has ended, or is about to and will not hand this one over. */
static bool mutex_owner_is_gone(const struct mutex *mutex) {
    const struct thread *owner = mutex_owner(mutex);
    return !mutex_is_owner(mutex, owner) || owner->state == THREAD_FREE ||
           owner->state == THREAD_ENDED || (owner->rank.ending && !mutex->turnstile.lends);
}

static status_t mutex_lock_again(struct mutex *mutex, const struct thread *self) {
    if (!mutex->recursive) {
        return STATUS_DEADLOCK;
    }
    if (mutex->depth == MUTEX_DEPTH_MAX) {
        return STATUS_FULL;
    }
    mutex->depth++;
    mutex_set_owner(mutex, self);
    return STATUS_OK;
}

static status_t mutex_check_ceiling(const struct mutex *mutex, const struct thread *self) {
    if (self->rank.base > mutex->turnstile.ceiling) {
        return STATUS_OUT_OF_RANGE;
    }
    return self->ceilings_held == CONFIG_CEILINGS_HELD_MAX ? STATUS_FULL : STATUS_OK;
}

bool mutex_is_to_wait_for_irq(const struct mutex *mutex) {
    return !mutex->closed && !mutex_is_free(mutex) && !mutex_owner_is_gone(mutex);
}

status_t mutex_take_irq(struct cpu *cpu, struct mutex *mutex) {
    struct thread *self = cpu->current;
    if (mutex->closed) {
        return STATUS_CLOSED;
    }
    if (mutex_is_owner(mutex, self)) {
        return mutex_lock_again(mutex, self);
    }
    if (mutex->turnstile.has_ceiling) {
        status_t status = mutex_check_ceiling(mutex, self);
        if (status != STATUS_OK) {
            return status;
        }
    }
    bool is_free = mutex_is_free(mutex);
    if (mutex_is_to_wait_for_irq(mutex)) {
        return STATUS_WOULD_BLOCK;
    }
    mutex->depth = 0;
    self->ceilings_held += mutex->turnstile.has_ceiling;
    turnstile_own_irq(&mutex->turnstile, self);
    mutex_set_owner(mutex, self);
    turnstile_refresh_irq(cpu, self);
    return is_free ? STATUS_OK : STATUS_OWNER_DIED;
}

status_t mutex_check_irq(const struct mutex *mutex, const struct thread *thread) {
    return turnstile_check_irq(thread, mutex_owner(mutex));
}

void mutex_join_irq(struct cpu *cpu, struct mutex *mutex, struct thread *thread) {
    mutex->word |= MUTEX_SLOW;
    mutex->turnstile.owner = mutex_owner(mutex);
    turnstile_join_irq(cpu, &mutex->turnstile, thread);
}

void mutex_release_irq(struct cpu *cpu, struct mutex *mutex, status_t result) {
    struct turnstile *turnstile = &mutex->turnstile;
    struct thread *self = cpu->current;
    mutex->depth = 0;
    self->ceilings_held -= turnstile->has_ceiling;
    if (mutex->closed || turnstile_is_empty(turnstile)) { /* who still waits is told CLOSED */
        turnstile_disown_irq(turnstile);
        mutex->word = mutex_free_word(mutex);
    } else {
        struct thread *heir = turnstile_hand_over_irq(turnstile, result);
        heir->ceilings_held += turnstile->has_ceiling;
        mutex_set_owner(mutex, heir);
        turnstile_wake_irq(cpu, heir);
    }
    if (turnstile->lends || self->turnstile != NULL) { /* it may be about to wait for a condition */
        turnstile_pass_on_irq(cpu, turnstile->owner);
    } else {
        turnstile_refresh_irq(cpu, self);
    }
}

static NOINLINE status_t mutex_lock_slow(struct mutex *mutex, instant_t deadline) {
    turnstile_enter();
    struct cpu *cpu = arch_cpu_self();
    bool waits = false;
    status_t status = mutex_take_irq(cpu, mutex);
    if (status == STATUS_WOULD_BLOCK) {
        status = deadline.ticks <= arch_timer_now().ticks ? STATUS_TIMED_OUT
                                                          : mutex_check_irq(mutex, cpu->current);
        if (status == STATUS_OK) {
            mutex_join_irq(cpu, mutex, cpu->current);
            waits = true;
        }
    }
    turnstile_leave(cpu);
    return waits ? turnstile_wait(deadline) : status;
}

static NOINLINE status_t mutex_try_slow(struct mutex *mutex) {
    turnstile_enter();
    struct cpu *cpu = arch_cpu_self();
    status_t status = mutex_take_irq(cpu, mutex);
    turnstile_leave(cpu);
    return status;
}

static NOINLINE status_t mutex_unlock_slow(struct mutex *mutex) {
    status_t status = STATUS_OK;
    turnstile_enter();
    struct cpu *cpu = arch_cpu_self();
    if (!mutex_is_owner(mutex, cpu->current)) {
        status = STATUS_NOT_OWNER;
    } else if (mutex->depth != 0) {
        mutex->depth--;
        mutex_set_owner(mutex, cpu->current);
    } else {
        mutex_release_irq(cpu, mutex, STATUS_OK);
    }
    turnstile_leave(cpu);
    return status;
}

/* The word of a free mutex becomes the caller's, or nothing happens. */
static ALWAYS_INLINE bool mutex_lock_fast(struct mutex *mutex) {
    arch_irq_mask();
    const struct thread *self = arch_cpu_self()->current;
    bool is_free = mutex->word == 0;
    if (LIKELY(is_free)) {
        mutex->word = mutex_word_of(self);
    }
    arch_irq_unmask();
    return is_free;
}

status_t mutex_lock_until(struct mutex *mutex, instant_t deadline) {
    trace_call(TRACE_CALL_LOCK, mutex);
    return LIKELY(mutex_lock_fast(mutex)) ? STATUS_OK : mutex_lock_slow(mutex, deadline);
}

status_t mutex_try_lock(struct mutex *mutex) {
    trace_call(TRACE_CALL_LOCK, mutex);
    return LIKELY(mutex_lock_fast(mutex)) ? STATUS_OK : mutex_try_slow(mutex);
}

status_t mutex_unlock(struct mutex *mutex) {
    trace_call(TRACE_CALL_UNLOCK, mutex);
    arch_irq_mask();
    if (LIKELY(mutex->word == mutex_word_of(arch_cpu_self()->current))) {
        mutex->word = 0;
        arch_irq_unmask();
        return STATUS_OK;
    }
    arch_irq_unmask();
    return mutex_unlock_slow(mutex);
}
