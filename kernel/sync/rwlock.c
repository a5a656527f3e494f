/* SPDX-License-Identifier: MIT */
/* Entering and leaving, first in thread context under the mask; what must wait tries again in a
 * task call, so that nothing comes between the last look and joining the queue. */
#include "kernel/sync/rwlock.h"

#include "arch/task_call.h"
#include "kernel/sched/sched.h"
#include "kernel/sync/rwlock_internal.h"
#include "kernel/trace/trace_inline.h"
#include "lib/bound.h"

status_t rwlock_init(struct rwlock *lock, uint64_t readers) {
    if (lock == NULL) {
        return STATUS_INVALID_ARGUMENT;
    }
    if (readers == 0 || readers > RWLOCK_READERS_MAX) {
        return STATUS_OUT_OF_RANGE;
    }
    lock->held = 0;
    lock->room = readers;
    lock->writer = 0;
    prio_queue_init(&lock->readers);
    prio_queue_init(&lock->writers);
    lock->closed = false;
    lock->readers_max = readers;
    return STATUS_OK;
}

static uint64_t rwlock_word_of(const struct thread *thread) {
    uint64_t word;
    __builtin_memcpy(&word, &thread->id, sizeof(word));
    return word;
}

/* --- Who may enter --- */

/* A reader of priority `level`: there is room, and no writer goes before it. */
static ALWAYS_INLINE bool rwlock_lets_read(const struct rwlock *lock, unsigned level) {
    return lock->held < lock->room && lock->writers.levels >> level == 0;
}

/* A writer: nobody has entered, and it is not closed. */
static ALWAYS_INLINE bool rwlock_lets_write(const struct rwlock *lock) {
    return lock->held == 0 && lock->room != 0;
}

static ALWAYS_INLINE void rwlock_begin_write(struct rwlock *lock, const struct thread *writer) {
    lock->held = RWLOCK_WRITTEN;
    lock->room = 0;
    lock->writer = rwlock_word_of(writer);
}

static ALWAYS_INLINE bool rwlock_enter(struct rwlock *lock, const struct thread *self,
                                       bool to_write) {
    if (to_write) {
        bool enters = rwlock_lets_write(lock);
        if (LIKELY(enters)) {
            rwlock_begin_write(lock, self);
        }
        return enters;
    }
    bool enters = rwlock_lets_read(lock, self->priority);
    lock->held += enters;
    return enters;
}

/* The queue whose first waiter may enter now, or NULL. O(1). */
static struct prio_queue *rwlock_next(struct rwlock *lock) {
    uint64_t readers = lock->readers.levels;
    uint64_t writers = lock->writers.levels;
    if (readers != 0 && rwlock_lets_read(lock, bits_highest(readers))) {
        return &lock->readers;
    }
    return writers != 0 && rwlock_lets_write(lock) ? &lock->writers : NULL;
}

/* Lets in the first that may enter, if there is one. Result as sched_enqueue_irq().
 * O(log timed events). */
static bool rwlock_let_in_irq(struct cpu *cpu, struct rwlock *lock) IRQ_MASKED {
    struct prio_queue *queue = rwlock_next(lock);
    if (queue == NULL) {
        return false;
    }
    struct thread *thread = sched_take_waiter_irq(queue);
    if (queue == &lock->writers) {
        rwlock_begin_write(lock, thread);
    } else {
        lock->held++;
    }
    return sched_wake_irq(cpu, thread, STATUS_OK);
}

/* The same at the end of a direct call, entered masked. Always OK. */
static NOINLINE status_t rwlock_let_in(struct rwlock *lock) UNMASKS_IRQ {
    bool ask = rwlock_let_in_irq(arch_cpu_self(), lock);
    arch_irq_unmask();
    return ask ? task_call_reschedule() : STATUS_OK;
}

/* --- Entering --- */

struct frame *rwlock_lock_call(uint64_t a, uint64_t b, uint64_t c) {
    struct cpu *cpu = arch_cpu_self();
    struct rwlock *lock = (struct rwlock *)(uintptr_t)a;
    instant_t deadline = {c};
    status_t status = STATUS_OK;
    if (lock->closed) {
        status = STATUS_CLOSED;
    } else if (!rwlock_enter(lock, cpu->current, b != 0)) {
        if (deadline.ticks > arch_timer_now().ticks) {
            return sched_block_until_irq(cpu, b != 0 ? &lock->writers : &lock->readers, NULL,
                                         TIMED_EVENT_TIMEOUT, deadline);
        }
        status = STATUS_TIMED_OUT;
    }
    arch_frame_set_result(&cpu->current->frame, (uint64_t)(int64_t)status);
    return &cpu->current->frame;
}

/* A reader that was let in lets in the next. Who gave up may have kept others out. */
static NOINLINE status_t rwlock_wait(struct rwlock *lock, bool to_write, instant_t deadline) {
    status_t status = task_call_rwlock_lock((uint64_t)(uintptr_t)lock, to_write, deadline.ticks);
    arch_irq_mask();
    (void)!rwlock_let_in(lock);
    return status;
}

static ALWAYS_INLINE bool rwlock_try(struct rwlock *lock, bool to_write) {
    arch_irq_mask();
    bool entered = rwlock_enter(lock, arch_cpu_self()->current, to_write);
    arch_irq_unmask();
    return entered;
}

status_t rwlock_read_lock_until(struct rwlock *lock, instant_t deadline) {
    trace_call(TRACE_CALL_READ, lock);
    return LIKELY(rwlock_try(lock, false)) ? STATUS_OK : rwlock_wait(lock, false, deadline);
}

status_t rwlock_write_lock_until(struct rwlock *lock, instant_t deadline) {
    trace_call(TRACE_CALL_WRITE, lock);
    return LIKELY(rwlock_try(lock, true)) ? STATUS_OK : rwlock_wait(lock, true, deadline);
}

/* --- Leaving --- */

static ALWAYS_INLINE bool rwlock_has_waiters(const struct rwlock *lock) {
    return (lock->readers.levels | lock->writers.levels) != 0;
}

static status_t rwlock_refuse(void) UNMASKS_IRQ {
    arch_irq_unmask();
    return STATUS_NOT_OWNER;
}

/* Both end in the stretch in which the lock became free: so a free lock has no waiters. */
static ALWAYS_INLINE status_t rwlock_leave(struct rwlock *lock) UNMASKS_IRQ {
    if (UNLIKELY(rwlock_has_waiters(lock))) {
        return rwlock_let_in(lock);
    }
    arch_irq_unmask();
    return STATUS_OK;
}

status_t rwlock_read_unlock(struct rwlock *lock) {
    trace_call(TRACE_CALL_READ_UNLOCK, lock);
    arch_irq_mask();
    uint64_t held = lock->held;
    if (UNLIKELY(held == 0 || held == RWLOCK_WRITTEN)) {
        return rwlock_refuse();
    }
    lock->held = held - 1;
    return rwlock_leave(lock);
}

status_t rwlock_write_unlock(struct rwlock *lock) {
    trace_call(TRACE_CALL_WRITE_UNLOCK, lock);
    arch_irq_mask();
    if (UNLIKELY(lock->writer != rwlock_word_of(arch_cpu_self()->current))) {
        return rwlock_refuse();
    }
    lock->writer = 0;
    lock->held = 0;
    lock->room = lock->closed ? 0 : lock->readers_max;
    return rwlock_leave(lock);
}

/* --- Closing --- */

static bool rwlock_dismiss_one(struct rwlock *lock) {
    bool ask = false;
    arch_irq_mask();
    struct prio_queue *queue = &lock->writers;
    if (prio_queue_is_empty(queue)) {
        queue = &lock->readers;
    }
    bool any = !prio_queue_is_empty(queue);
    if (any) {
        ask = sched_wake_irq(arch_cpu_self(), sched_take_waiter_irq(queue), STATUS_CLOSED);
    }
    arch_irq_unmask();
    if (ask) {
        task_call_reschedule();
    }
    return any;
}

status_t rwlock_close(struct rwlock *lock) {
    arch_irq_mask();
    bool was_closed = lock->closed;
    lock->closed = true;
    lock->room = 0;
    arch_irq_unmask();
    BOUND_LOOP(waiters, CONFIG_THREAD_SLOTS - 1); /* no new ones, and the caller does not wait */
    while (rwlock_dismiss_one(lock)) {
        BOUND_TURN(waiters);
    }
    return was_closed ? STATUS_CLOSED : STATUS_OK;
}
