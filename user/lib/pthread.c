/* SPDX-License-Identifier: MIT */
/* Making, joining, and once. */
#include "user/lib/pthread.h"

#include <errno.h>
#include <stdlib.h>

#include "abi/thread.h"
#include "user/lib/lock.h"
#include "user/lib/pthread_internal.h"
#include "user/lib/system.h"

static struct pthread first; /* of main() */
static __thread struct pthread *self;

pthread_t pthread_self(void) {
    return self != NULL ? self : &first;
}

int pthread_equal(pthread_t a, pthread_t b) {
    return a == b;
}

int pthread_error(int64_t status) {
    switch (status) {
    case STATUS_OK:
        return 0;
    case STATUS_STALE:
        return ESRCH;
    case STATUS_DENIED:
    case STATUS_NOT_OWNER:
        return EPERM;
    case STATUS_DEADLOCK:
        return EDEADLK;
    case STATUS_TIMED_OUT:
        return ETIMEDOUT;
    case STATUS_OWNER_DIED:
        return EOWNERDEAD;
    case STATUS_NO_MEMORY:
    case STATUS_NO_SLOT:
    case STATUS_FULL:
        return EAGAIN;
    default:
        return EINVAL;
    }
}

int pthread_attr_init(pthread_attr_t *attributes) {
    *attributes = (pthread_attr_t){PTHREAD_STACK_DEFAULT, PTHREAD_PRIORITY_INHERIT};
    return 0;
}

int pthread_attr_destroy(pthread_attr_t *attributes) {
    (void)attributes;
    return 0;
}

int pthread_attr_setstacksize(pthread_attr_t *attributes, size_t size) {
    if (size < PTHREAD_STACK_MIN) {
        return EINVAL;
    }
    attributes->stack_size = (size + 15) & ~(size_t)15;
    return 0;
}

int pthread_attr_setpriority_np(pthread_attr_t *attributes, int priority) {
    if (priority < PTHREAD_PRIORITY_INHERIT || priority > UINT8_MAX) {
        return EINVAL;
    }
    attributes->priority = priority;
    return 0;
}

/* The semaphore that it waited at is closed with its handle. */
static void finish(void) {
    struct pthread *me = pthread_self();
    if (me->wakes != 0) {
        (void)system_handle_close(me->wakes);
        me->wakes = 0;
    }
}

static int64_t begin(void *argument) {
    self = argument;
    void *value = self->does(self->argument);
    finish();
    return (int64_t)(intptr_t)value;
}

void pthread_exit(void *value) {
    finish();
    thread_exit((int64_t)(intptr_t)value);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*does)(void *),
                   void *argument) {
    pthread_attr_t usual;
    (void)pthread_attr_init(&usual);
    const pthread_attr_t *wanted = attributes != NULL ? attributes : &usual;
    struct pthread *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return EAGAIN;
    }
    const bool inherits = wanted->priority == PTHREAD_PRIORITY_INHERIT;
    const struct thread_how how = {.priority =
                                       inherits ? THREAD_HOW_INHERIT : (uint64_t)wanted->priority,
                                   .stack_size = wanted->stack_size};
    made->priority = inherits ? pthread_self()->priority : wanted->priority;
    made->does = does;
    made->argument = argument;
    *thread = made; /* it may run before we go on */
    const int64_t status = thread_create(&made->thread, &how, begin, made);
    if (status != STATUS_OK) {
        free(made);
    }
    return pthread_error(status);
}

int pthread_join(pthread_t thread, void **value) {
    int64_t exited = 0;
    const int64_t status = thread_join(&thread->thread, &exited, UINT64_MAX);
    if (status != STATUS_OK) {
        return pthread_error(status);
    }
    if (value != NULL) {
        *value = (void *)(intptr_t)exited;
    }
    free(thread);
    return 0;
}

int pthread_once(pthread_once_t *once, void (*does)(void)) {
    lock_take();
    if (*once == PTHREAD_ONCE_INIT) {
        *once = 1;
        does();
    }
    lock_give();
    return 0;
}
