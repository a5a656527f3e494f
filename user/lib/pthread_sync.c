/* SPDX-License-Identifier: MIT */
/*
 * Mutexes and condition variables. A mutex is made when it is first locked, because its initialiser cannot.
 * Who waits for a condition stands in a list, on its own stack, and waits at a semaphore of its thread: so a
 * signal is for one that waited when it came, and for the most urgent of them. The lists are the library
 * lock's.
 */
#include <errno.h>

#include "user/lib/lock.h"
#include "user/lib/program.h"
#include "user/lib/pthread_internal.h"
#include "user/lib/system.h"

#define NANOSECONDS 1000000000

struct pthread_waiter {
    struct pthread_waiter *next;
    int priority;
    uint64_t wakes;
    bool signalled;
};

/* The moment; a later one than the counter reaches is never. */
static uint64_t moment_of(const struct timespec *end) {
    uint64_t ticks;
    if (end->tv_sec < 0) {
        return 0;
    }
    const uint64_t part =
        ((uint64_t)end->tv_nsec * program.clock_hz + NANOSECONDS - 1) / NANOSECONDS;
    if (__builtin_mul_overflow((uint64_t)end->tv_sec, program.clock_hz, &ticks) ||
        __builtin_add_overflow(ticks, part, &ticks)) {
        return UINT64_MAX;
    }
    return ticks;
}

static bool is_time(const struct timespec *end) {
    return end->tv_nsec >= 0 && end->tv_nsec < NANOSECONDS;
}

/* --- Mutexes ---------------------------------------------------------------------------------- */

int pthread_mutexattr_init(pthread_mutexattr_t *attributes) {
    attributes->type = PTHREAD_MUTEX_DEFAULT;
    return 0;
}

int pthread_mutexattr_destroy(pthread_mutexattr_t *attributes) {
    (void)attributes;
    return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t *attributes, int type) {
    if (type != PTHREAD_MUTEX_NORMAL && type != PTHREAD_MUTEX_RECURSIVE) {
        return EINVAL;
    }
    attributes->type = type;
    return 0;
}

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes) {
    *mutex = (pthread_mutex_t){0, attributes != NULL ? attributes->type : PTHREAD_MUTEX_DEFAULT};
    return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex) {
    if (mutex->handle != 0) {
        (void)system_handle_close(mutex->handle);
        mutex->handle = 0;
    }
    return 0;
}

static int64_t mutex_make(pthread_mutex_t *mutex) {
    int64_t status = STATUS_OK;
    lock_take();
    if (mutex->handle == 0) {
        status = system_mutex_create(mutex->type == PTHREAD_MUTEX_RECURSIVE ? SYSTEM_MUTEX_RECURSIVE
                                                                            : 0);
        mutex->handle = status > 0 ? (uint64_t)status : 0;
    }
    lock_give();
    return status > 0 ? STATUS_OK : status;
}

static int mutex_lock(pthread_mutex_t *mutex, uint64_t deadline) {
    const int64_t status = mutex->handle != 0 ? STATUS_OK : mutex_make(mutex);
    return pthread_error(status != STATUS_OK ? status : system_mutex_lock(mutex->handle, deadline));
}

int pthread_mutex_lock(pthread_mutex_t *mutex) {
    return mutex_lock(mutex, UINT64_MAX);
}

int pthread_mutex_trylock(pthread_mutex_t *mutex) {
    const int error = mutex_lock(mutex, 0);
    return error == ETIMEDOUT || error == EDEADLK ? EBUSY : error;
}

int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *end) {
    return is_time(end) ? mutex_lock(mutex, moment_of(end)) : EINVAL;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex) {
    return mutex->handle == 0 ? EPERM : pthread_error(system_mutex_unlock(mutex->handle));
}

/* --- Condition variables ------------------------------------------------------------------------ */

int pthread_cond_init(pthread_cond_t *condition, const void *attributes) {
    (void)attributes;
    condition->first = NULL;
    return 0;
}

int pthread_cond_destroy(pthread_cond_t *condition) {
    return condition->first != NULL ? EBUSY : 0;
}

/* Behind all that are as urgent. */
static void waiter_insert(pthread_cond_t *condition, struct pthread_waiter *waiter) {
    struct pthread_waiter **place = &condition->first;
    while (*place != NULL && (*place)->priority >= waiter->priority) {
        place = &(*place)->next;
    }
    waiter->next = *place;
    *place = waiter;
}

static void waiter_remove(pthread_cond_t *condition, const struct pthread_waiter *waiter) {
    struct pthread_waiter **place = &condition->first;
    while (*place != waiter) {
        place = &(*place)->next;
    }
    *place = waiter->next;
}

/* Who was signalled just after its time was over has been signalled. */
static int64_t waiter_leave(pthread_cond_t *condition, struct pthread_waiter *waiter,
                            int64_t status) {
    lock_take();
    const bool signalled = waiter->signalled;
    if (!signalled) {
        waiter_remove(condition, waiter);
    }
    lock_give();
    return signalled && status == STATUS_TIMED_OUT ? system_semaphore_take(waiter->wakes, 0)
                                                   : status;
}

static int64_t wakes_of(struct pthread *me) {
    if (me->wakes == 0) {
        const int64_t made = system_semaphore_create(0, 1);
        if (made < 0) {
            return made;
        }
        me->wakes = (uint64_t)made;
    }
    return STATUS_OK;
}

static int cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t deadline) {
    struct pthread *me = pthread_self();
    const int64_t made = wakes_of(me);
    if (made != STATUS_OK) {
        return pthread_error(made);
    }
    struct pthread_waiter waiter = {NULL, me->priority, me->wakes, false};
    lock_take();
    waiter_insert(condition, &waiter);
    lock_give();
    const int unlocked = pthread_mutex_unlock(mutex);
    if (unlocked != 0) {
        (void)waiter_leave(condition, &waiter, STATUS_TIMED_OUT);
        return unlocked;
    }
    const int64_t status =
        waiter_leave(condition, &waiter, system_semaphore_take(me->wakes, deadline));
    const int locked = pthread_mutex_lock(mutex);
    return locked != 0 ? locked : pthread_error(status);
}

int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex) {
    return cond_wait(condition, mutex, UINT64_MAX);
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *end) {
    return is_time(end) ? cond_wait(condition, mutex, moment_of(end)) : EINVAL;
}

/* False: there was none. The lock is held. */
static bool signal_one(pthread_cond_t *condition) {
    struct pthread_waiter *waiter = condition->first;
    if (waiter == NULL) {
        return false;
    }
    condition->first = waiter->next;
    waiter->signalled = true;
    (void)system_semaphore_give(waiter->wakes);
    return true;
}

int pthread_cond_signal(pthread_cond_t *condition) {
    lock_take();
    (void)signal_one(condition);
    lock_give();
    return 0;
}

int pthread_cond_broadcast(pthread_cond_t *condition) {
    lock_take();
    while (signal_one(condition)) {
    }
    lock_give();
    return 0;
}
