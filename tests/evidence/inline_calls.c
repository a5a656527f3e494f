/* SPDX-License-Identifier: MIT */
/* The inline calls of the public headers, each as a function: so that they can be analysed, and
 * counted when they run. */
#include "kernel/ipc/irq_line.h"
#include "kernel/trace/trace.h"
#include "tests/evidence/evidence.h"

NORETURN NOINLINE void inline_thread_exit(int64_t code) {
    thread_exit(code);
}

NOINLINE status_t inline_thread_join(thread_id_t id, int64_t *code) {
    return thread_join(id, code);
}

NOINLINE status_t inline_irq_wait(uint32_t line) {
    return irq_wait(line);
}

NOINLINE status_t inline_condition_wait(struct condition *condition, struct mutex *mutex) {
    return condition_wait(condition, mutex);
}

status_t inline_rwlock_read_lock(struct rwlock *lock) {
    return rwlock_read_lock(lock);
}

status_t inline_rwlock_write_lock(struct rwlock *lock) {
    return rwlock_write_lock(lock);
}

status_t inline_mutex_lock(struct mutex *mutex) {
    return mutex_lock(mutex);
}

void inline_thread_yield(void) {
    thread_yield();
}

NOINLINE void inline_thread_sleep_until(instant_t when) {
    thread_sleep_until(when);
}

NOINLINE void inline_thread_sleep_for(duration_t length) {
    thread_sleep_for(length);
}

NOINLINE void inline_thread_sleep_ticks(uint64_t ticks) {
    thread_sleep_ticks(ticks);
}

NOINLINE void inline_thread_sleep_us(uint64_t microseconds) {
    thread_sleep_us(microseconds);
}

NOINLINE void inline_thread_sleep_ms(uint64_t milliseconds) {
    thread_sleep_ms(milliseconds);
}

NOINLINE instant_t inline_time_now(void) {
    return time_now();
}

NOINLINE uint64_t inline_time_frequency_hz(void) {
    return time_frequency_hz();
}

NOINLINE duration_t inline_time_ticks(uint64_t ticks) {
    return time_ticks(ticks);
}

NOINLINE duration_t inline_time_us(uint64_t microseconds) {
    return time_us(microseconds);
}

NOINLINE duration_t inline_time_ms(uint64_t milliseconds) {
    return time_ms(milliseconds);
}

NOINLINE instant_t inline_time_after(duration_t length) {
    return time_after(length);
}

NOINLINE uint64_t inline_time_to_us(uint64_t ticks) {
    return time_to_us(ticks);
}

NOINLINE void inline_trace_mark(const char *name, uint64_t value) {
    trace_mark(name, value);
}

NOINLINE status_t inline_semaphore_try_take(struct semaphore *semaphore) {
    return semaphore_try_take(semaphore);
}

NOINLINE status_t inline_semaphore_take_until(struct semaphore *semaphore, instant_t deadline) {
    return semaphore_take_until(semaphore, deadline);
}

NOINLINE status_t inline_semaphore_take(struct semaphore *semaphore) {
    return semaphore_take(semaphore);
}

NOINLINE status_t inline_semaphore_give(struct semaphore *semaphore) {
    return semaphore_give(semaphore);
}

NOINLINE uint64_t inline_semaphore_count(const struct semaphore *semaphore) {
    return semaphore_count(semaphore);
}

NOINLINE status_t inline_event_flags_wait(struct event_flags *flags, uint64_t bits, unsigned mode,
                                          uint64_t *seen) {
    return event_flags_wait(flags, bits, mode, seen);
}

NOINLINE uint64_t inline_event_flags_value(const struct event_flags *flags) {
    return event_flags_value(flags);
}

NOINLINE status_t inline_pool_alloc(struct pool *pool, void **block) {
    return pool_alloc(pool, block);
}

NOINLINE status_t inline_pool_free(struct pool *pool, void *block) {
    return pool_free(pool, block);
}

NOINLINE status_t inline_barrier_wait(struct barrier *barrier, bool *last) {
    return barrier_wait(barrier, last);
}

NOINLINE status_t inline_wait_any(struct wait_for *list, unsigned count, unsigned *which) {
    return wait_any(list, count, which);
}

NOINLINE struct wait_for inline_wait_for_message(struct mailbox *mailbox, void *message) {
    return wait_for_message(mailbox, message);
}

NOINLINE struct wait_for inline_wait_for_unit(struct semaphore *semaphore) {
    return wait_for_unit(semaphore);
}

NOINLINE struct wait_for inline_wait_for_events(struct event_flags *flags, uint64_t bits,
                                                unsigned mode) {
    return wait_for_events(flags, bits, mode);
}

NOINLINE struct wait_for inline_wait_for_exit(thread_id_t thread) {
    return wait_for_exit(thread);
}

NOINLINE struct wait_for inline_wait_for_moment(instant_t moment) {
    return wait_for_moment(moment);
}
