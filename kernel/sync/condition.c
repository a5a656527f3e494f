/* SPDX-License-Identifier: MIT */
/* Waiting for a condition: out of its queue, into the mutex's turnstile, and back. */
#include "kernel/sync/condition.h"

#include "arch/task_call.h"
#include "kernel/sched/sched.h"
#include "kernel/sync/mutex_internal.h"
#include "kernel/trace/trace_inline.h"
#include "lib/bound.h"

status_t condition_init(struct condition *condition) {
    if (condition == NULL) {
        return STATUS_INVALID_ARGUMENT;
    }
    turnstile_init(&condition->turnstile);
    condition->mutex = NULL;
    condition->closed = false;
    return STATUS_OK;
}

/* --- Waiting --- */

static status_t condition_check_irq(const struct condition *condition, const struct mutex *mutex,
                                    const struct thread *self, instant_t deadline) IRQ_MASKED {
    if (!mutex_is_owner(mutex, self)) {
        return STATUS_NOT_OWNER;
    }
    if (mutex->depth != 0) {
        return STATUS_BUSY;
    }
    if (condition->closed) {
        return STATUS_CLOSED;
    }
    if (!turnstile_is_empty(&condition->turnstile) && condition->mutex != mutex) {
        return STATUS_INVALID_ARGUMENT;
    }
    return deadline.ticks <= arch_timer_now().ticks ? STATUS_TIMED_OUT : STATUS_OK;
}

/* Joins the queue, if nothing speaks against it. O(1). */
static status_t condition_join(struct condition *condition, struct mutex *mutex,
                               instant_t deadline) {
    turnstile_enter();
    struct cpu *cpu = arch_cpu_self();
    status_t status = condition_check_irq(condition, mutex, cpu->current, deadline);
    if (status == STATUS_OK) {
        condition->mutex = mutex;
        turnstile_join_irq(cpu, &condition->turnstile, cpu->current);
    }
    turnstile_leave(cpu);
    return status;
}

/* Waits for a signal. The caller may have been moved to the mutex's turnstile by now, and its time
 * be up there: then it was signalled in time, and waits on. */
static status_t condition_wait_for_turn(const struct mutex *mutex, instant_t deadline) {
    const struct thread *self = arch_cpu_self()->current;
    task_call_turnstile_wait(deadline.ticks);
    if (self->turnstile == &mutex->turnstile) {
        return turnstile_wait(INSTANT_NEVER);
    }
    return turnstile_end_wait();
}

/* The mutex is the caller's again, if it can be. */
static status_t condition_lock_again(struct mutex *mutex, status_t status) {
    if (mutex_is_owner(mutex, arch_cpu_self()->current)) {
        return status;
    }
    status_t locked = mutex_lock(mutex);
    if (locked == STATUS_OK) {
        return status;
    }
    return locked == STATUS_OWNER_DIED ? locked : STATUS_NOT_OWNER;
}

status_t condition_wait_until(struct condition *condition, struct mutex *mutex,
                              instant_t deadline) {
    trace_call(TRACE_CALL_AWAIT, condition);
    status_t status = condition_join(condition, mutex, deadline);
    if (status != STATUS_OK) {
        return status;
    }
    (void)!mutex_unlock(mutex); /* the caller owns it */
    return condition_lock_again(mutex, condition_wait_for_turn(mutex, deadline));
}

/* --- Letting go on --- */

/* Whether `waiter`, which is signalled, is to wait for the mutex. O(CONFIG_INHERITANCE_CHAIN_MAX). */
static bool condition_has_to_join_irq(const struct mutex *mutex,
                                      const struct thread *waiter) IRQ_MASKED {
    return mutex_is_to_wait_for_irq(mutex) && mutex_check_irq(mutex, waiter) == STATUS_OK;
}

/* The first waiter goes on: it waits for the mutex now, or runs, and locks the mutex by itself.
 * O(log timed events). */
static void condition_pass_on_irq(struct cpu *cpu, struct condition *condition,
                                  status_t result) IRQ_MASKED {
    struct thread *waiter = turnstile_pop_irq(&condition->turnstile, result);
    if (result == STATUS_OK && condition_has_to_join_irq(condition->mutex, waiter)) {
        mutex_join_irq(cpu, condition->mutex, waiter);
        turnstile_urge_irq(cpu, waiter->priority);
    } else {
        turnstile_wake_irq(cpu, waiter);
    }
}

void condition_signal(struct condition *condition) {
    trace_call(TRACE_CALL_SIGNAL, condition);
    turnstile_enter();
    struct cpu *cpu = arch_cpu_self();
    if (!turnstile_is_empty(&condition->turnstile)) {
        condition_pass_on_irq(cpu, condition, STATUS_OK);
    }
    turnstile_leave(cpu);
}

/* WOULD_BLOCK: nobody waits any more. O(log timed events). */
static status_t condition_broadcast_one(struct condition *condition) {
    status_t status = STATUS_WOULD_BLOCK;
    turnstile_enter();
    struct cpu *cpu = arch_cpu_self();
    if (!turnstile_is_empty(&condition->turnstile)) {
        status = STATUS_NOT_OWNER;
        if (mutex_is_owner(condition->mutex, cpu->current)) {
            status = STATUS_OK;
            condition_pass_on_irq(cpu, condition, STATUS_OK);
        }
    }
    turnstile_leave(cpu);
    return status;
}

status_t condition_broadcast(struct condition *condition) {
    status_t status;
    trace_call(TRACE_CALL_BROADCAST, condition);
    BOUND_LOOP(waiters, CONFIG_THREAD_SLOTS - 1); /* no new ones: they would need the mutex */
    while ((status = condition_broadcast_one(condition)) == STATUS_OK) {
        BOUND_TURN(waiters);
    }
    return status == STATUS_WOULD_BLOCK ? STATUS_OK : status;
}

static bool condition_dismiss_one(struct condition *condition) {
    turnstile_enter();
    struct cpu *cpu = arch_cpu_self();
    bool any = !turnstile_is_empty(&condition->turnstile);
    if (any) {
        condition_pass_on_irq(cpu, condition, STATUS_CLOSED);
    }
    turnstile_leave(cpu);
    return any;
}

status_t condition_close(struct condition *condition) {
    arch_irq_mask();
    bool was_closed = condition->closed;
    condition->closed = true;
    arch_irq_unmask();
    BOUND_LOOP(dismissed, CONFIG_THREAD_SLOTS - 1); /* no new ones, and the caller does not wait */
    while (condition_dismiss_one(condition)) {
        BOUND_TURN(dismissed);
    }
    return was_closed ? STATUS_CLOSED : STATUS_OK;
}
