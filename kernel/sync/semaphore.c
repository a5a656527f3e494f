/* SPDX-License-Identifier: MIT */
/* Where the inline calls of semaphore.h end that find a waiter, no unit, no room, or a close. */
#include "kernel/sync/semaphore.h"

#include "kernel/sync/semaphore_call.h"
#include "kernel/sync/waiters.h"

status_t semaphore_init(struct semaphore *semaphore, uint64_t initial, uint64_t maximum) {
    if (semaphore == NULL) {
        return STATUS_INVALID_ARGUMENT;
    }
    if (maximum == 0 || initial > maximum) {
        return STATUS_OUT_OF_RANGE;
    }
    semaphore->count = initial;
    semaphore->limit = maximum;
    semaphore->maximum = maximum;
    semaphore->closed = false;
    prio_queue_init(&semaphore->waiters);
    return STATUS_OK;
}

status_t semaphore_close(struct semaphore *semaphore) {
    arch_irq_mask();
    bool was_closed = semaphore->closed;
    semaphore->closed = true;
    semaphore->count = 0;
    semaphore->limit = 0;
    arch_irq_unmask();
    waiters_dismiss(&semaphore->waiters);
    return was_closed ? STATUS_CLOSED : STATUS_OK;
}

/* Adds a unit, for whom nobody waits. O(1). */
static ALWAYS_INLINE status_t semaphore_put_irq(struct semaphore *semaphore) IRQ_MASKED {
    if (semaphore->closed) {
        return STATUS_CLOSED;
    }
    if (semaphore->count == semaphore->maximum) {
        return STATUS_FULL;
    }
    semaphore->limit = semaphore->maximum;
    semaphore->count++;
    return STATUS_OK;
}

/* Apart, and entered masked, so that who wakes a waiter without a deadline needs no stack frame. */
static ALWAYS_INLINE status_t semaphore_deliver(struct thread *taker) UNMASKS_IRQ {
    bool ask = sched_wake_untimed_irq(arch_cpu_self(), taker, STATUS_OK);
    arch_irq_unmask();
    return ask ? task_call_reschedule() : STATUS_OK;
}

static NOINLINE status_t semaphore_deliver_timed(struct thread *taker) UNMASKS_IRQ {
    bool ask = sched_wake_other_irq(arch_cpu_self(), taker, STATUS_OK);
    arch_irq_unmask();
    return ask ? task_call_reschedule() : STATUS_OK;
}

/* A closed semaphore's waiters are on their way out: they get no units any more. */
status_t semaphore_give_closely(struct semaphore *semaphore) {
    if (UNLIKELY(prio_queue_is_empty(&semaphore->waiters) || semaphore->closed)) {
        status_t status = semaphore_put_irq(semaphore);
        arch_irq_unmask();
        return status;
    }
    struct thread *taker = sched_take_waiter_irq(&semaphore->waiters);
    if (UNLIKELY(taker->state != THREAD_WAITING)) {
        return semaphore_deliver_timed(taker);
    }
    return semaphore_deliver(taker);
}

status_t semaphore_give_irq(struct semaphore *semaphore) {
    if (prio_queue_is_empty(&semaphore->waiters) || semaphore->closed) {
        return semaphore_put_irq(semaphore);
    }
    sched_wake_in_door_irq(arch_cpu_self(), sched_take_waiter_irq(&semaphore->waiters), STATUS_OK);
    return STATUS_OK;
}

struct frame *semaphore_take_call(uint64_t a, uint64_t b, uint64_t c) {
    (void)c;
    struct cpu *cpu = arch_cpu_self();
    struct semaphore *semaphore = (struct semaphore *)(uintptr_t)a;
    uint64_t count = semaphore->count;
    if (UNLIKELY(count != 0)) {
        semaphore->count = count - 1;
        return waiters_answer_irq(cpu, STATUS_OK);
    }
    if (UNLIKELY(semaphore->closed)) {
        return waiters_answer_irq(cpu, STATUS_CLOSED);
    }
    semaphore->limit = 0;
    return waiters_wait_irq(cpu, &semaphore->waiters, NULL, (instant_t){b});
}
