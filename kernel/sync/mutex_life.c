/* SPDX-License-Identifier: MIT */
/* Making and closing mutexes. */
#include "arch/task_call.h"
#include "kernel/sched/sched.h"
#include "kernel/sync/mutex_internal.h"
#include "lib/bound.h"

status_t mutex_init(struct mutex *mutex, const struct mutex_attributes *attributes) {
    static const struct mutex_attributes plain;
    if (mutex == NULL) {
        return STATUS_INVALID_ARGUMENT;
    }
    if (attributes == NULL) {
        attributes = &plain;
    }
    if (attributes->ceiling > THREAD_PRIORITY_MAX) {
        return STATUS_OUT_OF_RANGE;
    }
    mutex->word = attributes->has_ceiling ? MUTEX_SLOW : 0;
    mutex->depth = 0;
    mutex->closed = false;
    mutex->recursive = attributes->recursive;
    turnstile_init(&mutex->turnstile);
    mutex->turnstile.has_ceiling = attributes->has_ceiling;
    mutex->turnstile.ceiling = attributes->has_ceiling ? attributes->ceiling : 0;
    return STATUS_OK;
}

/* Wakes one waiter of a closed mutex with CLOSED. False when none is left. O(log timed events). */
static bool mutex_dismiss_one(struct mutex *mutex) {
    turnstile_enter();
    struct cpu *cpu = arch_cpu_self();
    bool any = !turnstile_is_empty(&mutex->turnstile);
    if (any) {
        struct thread *waiter = turnstile_first_irq(&mutex->turnstile);
        turnstile_take_irq(cpu, waiter, STATUS_CLOSED);
        turnstile_wake_irq(cpu, waiter);
        turnstile_urge_irq(cpu, waiter->priority);
    }
    turnstile_leave(cpu);
    return any;
}

status_t mutex_close(struct mutex *mutex) {
    arch_irq_mask();
    bool was_closed = mutex->closed;
    mutex->closed = true;
    mutex->word |= MUTEX_SLOW;
    arch_irq_unmask();
    BOUND_LOOP(waiters, CONFIG_THREAD_SLOTS - 1); /* no new ones, and the caller does not wait */
    while (mutex_dismiss_one(mutex)) {
        BOUND_TURN(waiters);
    }
    return was_closed ? STATUS_CLOSED : STATUS_OK;
}
