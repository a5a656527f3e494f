/* SPDX-License-Identifier: MIT */
/*
 * Threads as POSIX names them, on user/lib/thread.h: making and joining, mutexes that lend their owner the
 * priority of who waits, condition variables, once. Times are since the boot, as all of a program's. Not
 * there: cancelling, detaching, keys (there is __thread), barriers, reader-writer locks.
 */
#ifndef USER_LIB_PTHREAD_H
#define USER_LIB_PTHREAD_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define PTHREAD_STACK_MIN     1024
#define PTHREAD_STACK_DEFAULT 4096

typedef struct pthread *pthread_t;

/* PRIORITY_INHERIT: that of who makes it. */
#define PTHREAD_PRIORITY_INHERIT (-1)

typedef struct {
    size_t stack_size;
    int priority;
} pthread_attr_t;

int pthread_attr_init(pthread_attr_t *attributes);
int pthread_attr_destroy(pthread_attr_t *attributes);
int pthread_attr_setstacksize(pthread_attr_t *attributes, size_t size);
int pthread_attr_setpriority_np(pthread_attr_t *attributes, int priority);

/* EAGAIN: no memory, or as many as there may be; EPERM: the priority. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*does)(void *),
                   void *argument);

/* ESRCH: it was joined; EINVAL: somebody else waits; EDEADLK: itself. */
int pthread_join(pthread_t thread, void **value);
void pthread_exit(void *value) __attribute__((noreturn));
pthread_t pthread_self(void);
int pthread_equal(pthread_t a, pthread_t b);

/* --- Mutexes: a kernel object from the first lock on --------------------------------------------- */

enum { PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_DEFAULT = 0 };

typedef struct {
    int type;
} pthread_mutexattr_t;

typedef struct {
    uint64_t handle;
    int type;
} pthread_mutex_t;

#define PTHREAD_MUTEX_INITIALIZER                                                                  \
    { 0, PTHREAD_MUTEX_NORMAL }

int pthread_mutexattr_init(pthread_mutexattr_t *attributes);
int pthread_mutexattr_destroy(pthread_mutexattr_t *attributes);
int pthread_mutexattr_settype(pthread_mutexattr_t *attributes, int type);
int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);
int pthread_mutex_destroy(pthread_mutex_t *mutex);

/* EOWNERDEAD: it is locked, and its owner ended with it; EDEADLK: it is the caller's, and not recursive;
 * EAGAIN: there is no kernel object for it. */
int pthread_mutex_lock(pthread_mutex_t *mutex);
int pthread_mutex_trylock(pthread_mutex_t *mutex);                               /* EBUSY */
int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *end); /* ETIMEDOUT */
int pthread_mutex_unlock(pthread_mutex_t *mutex);                                /* EPERM */

/* --- Condition variables: the first is woken of the highest priority that was given ------------- */

typedef struct {
    struct pthread_waiter *first;
} pthread_cond_t;

#define PTHREAD_COND_INITIALIZER                                                                   \
    { NULL }

int pthread_cond_init(pthread_cond_t *condition, const void *attributes);
int pthread_cond_destroy(pthread_cond_t *condition); /* EBUSY */
int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *end); /* ETIMEDOUT */
int pthread_cond_signal(pthread_cond_t *condition);
int pthread_cond_broadcast(pthread_cond_t *condition);

/* --- Once ----------------------------------------------------------------------------------------- */

typedef int pthread_once_t;

#define PTHREAD_ONCE_INIT 0

int pthread_once(pthread_once_t *once, void (*does)(void));

#endif
