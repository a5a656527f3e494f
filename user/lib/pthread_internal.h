/* SPDX-License-Identifier: MIT */
/* What the files of pthread share. */
#ifndef USER_LIB_PTHREAD_INTERNAL_H
#define USER_LIB_PTHREAD_INTERNAL_H

#include <stdbool.h>

#include "user/lib/pthread.h"
#include "user/lib/thread.h"

struct pthread {
    struct thread thread;
    void *(*does)(void *);
    void *argument;
    int priority;   /* that was given; 0: none */
    uint64_t wakes; /* handle of the semaphore at which it waits for conditions; 0: none yet */
};

/* A status as an errno. */
int pthread_error(int64_t status);

#endif
