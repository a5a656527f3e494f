/* SPDX-License-Identifier: MIT */
/*
 * Threads of a program: each with its own stack, thread-local data (errno too) and message area. The first is
 * the one that runs main(); when it returns, all end.
 */
#ifndef USER_LIB_THREAD_H
#define USER_LIB_THREAD_H

#include <stddef.h>
#include <stdint.h>

#include "abi/status.h"
#include "abi/thread.h"

/* Who calls it keeps it until the thread has been joined. */
struct thread {
    uint64_t name; /* the kernel's */
    void *memory; /* from malloc(): its stack, unless it was given one, and its thread-local data */
    int64_t (*does)(void *argument);
    void *argument;
};

/* The priority of who makes it. */
#define THREAD_HOW_INHERIT THREAD_PRIORITY_INHERIT

struct thread_how {
    uint64_t
        priority; /* at most what the process began with, or its ceiling; or THREAD_HOW_INHERIT */
    size_t stack_size; /* bytes, a multiple of 16 */
    void *stack;       /* aligned to 16; NULL: from malloc() */
};

/* Runs does(argument), whose value is the thread's. OK; NO_MEMORY, FULL, DENIED, MISALIGNED. */
int64_t thread_create(struct thread *thread, const struct thread_how *how,
                      int64_t (*does)(void *argument), void *argument);

/* Ends the calling thread with a value. The last one that does so ends the process with it as code. */
void thread_exit(int64_t value) __attribute__((noreturn));

/* Waits until it has ended, and frees what it had. `value` may be NULL; `deadline`: a moment, or
 * UINT64_MAX. OK; TIMED_OUT; STALE: it was joined; BUSY: somebody else waits; DEADLOCK: itself. */
int64_t thread_join(struct thread *thread, int64_t *value, uint64_t deadline);

#endif
