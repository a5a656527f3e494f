/* SPDX-License-Identifier: MIT */
/*
 * Threads as applications use them: slots with generations, prepared at bootstrap. A spawn takes a
 * free slot and a prepared stack, so it costs the same whatever runs; an id outlives its thread and
 * is then refused.
 *
 *   spawn --> ready <--> waiting
 *               |
 *             exit (called, entry returned, or a fault) --> joined or detached --> slot free again
 */
#ifndef KERNEL_SCHED_THREAD_H
#define KERNEL_SCHED_THREAD_H

#include "arch/task_call.h"
#include "kernel/time/time.h"
#include "lib/context.h"
#include "lib/status.h"

#define THREAD_PRIORITY_MIN 0
#define THREAD_PRIORITY_MAX 63 /* the most urgent */

struct thread;

typedef struct {
    uint32_t index;
    uint32_t generation;
} thread_id_t;

/* An id that no thread ever has. */
#define THREAD_ID_NONE ((thread_id_t){UINT32_MAX, 0})

enum thread_policy {
    THREAD_FIFO,        /* runs until it blocks, yields or a higher thread is ready */
    THREAD_ROUND_ROBIN, /* also gives way to its level after a quantum */
};

/* All zeroes is a good start: lowest priority, FIFO, smallest stack class, joinable. */
struct thread_attributes {
    const char *name;    /* not copied: must live as long as the thread; NULL: "thread" */
    uint64_t stack_size; /* bytes needed; 0: the smallest class */
    uint8_t priority;
    uint8_t policy; /* enum thread_policy */
    bool detached;  /* its slot is free again as soon as it ends; it cannot be joined */
    union {
        uint16_t extras; /* both at once: for a spawn, which looks whether there is anything */
        struct {
            bool fp; /* has floating-point and SIMD registers: without, their use is a fault */
            bool measure_stack; /* fills its stack with a pattern: for thread_stack_usage() */
        };
    };
};

typedef void (*thread_entry)(void *argument);

/* Makes a thread that calls entry(argument), and tells its id (`id` may be NULL). Returning from
 * `entry` is thread_exit(0). A higher one runs before this returns. attributes NULL: all zeroes.
 * Masked: O(1). INVALID_ARGUMENT: entry NULL, unknown policy. OUT_OF_RANGE: priority, or a stack
 * size above every class. NO_SLOT: no free slot. NO_MEMORY: no free stack of a class that fits, or
 * CONFIG_FP_THREADS with floating point. */
MUST_USE status_t thread_spawn(thread_entry entry, void *argument,
                               const struct thread_attributes *attributes,
                               thread_id_t *id) IRQ_UNMASKED;

/* Ends the calling thread; a joiner gets `code`. */
NORETURN static inline void thread_exit(int64_t code) IRQ_UNMASKED {
    task_call_thread_exit((uint64_t)code);
}

/* Waits until thread `id` has ended, at most until `deadline`, gives its slot back and tells its
 * exit code (`code` may be NULL). OK: ended by exit. FAULTED: ended by its own fault; code is 0.
 * STALE: no such thread (any more). DEADLOCK: the caller itself. DETACHED. BUSY: it has a joiner.
 * TIMED_OUT. Masked: O(log timed events). */
MUST_USE status_t thread_join_until(thread_id_t id, int64_t *code, instant_t deadline) IRQ_UNMASKED;

/* The same without a deadline. */
static inline MUST_USE status_t thread_join(thread_id_t id, int64_t *code) IRQ_UNMASKED {
    return thread_join_until(id, code, INSTANT_NEVER);
}

/* From now on the thread's slot is free as soon as it ends (at once if it has). O(1).
 * STALE; DETACHED: it is already; BUSY: somebody is joining it. */
MUST_USE status_t thread_detach(thread_id_t id) IRQ_UNMASKED;

/* The calling thread. O(1). */
thread_id_t thread_self(void);

/* Gives way to the next ready thread of the same priority, if there is one. O(1). */
static inline void thread_yield(void) IRQ_UNMASKED {
    task_call_yield();
}

/* Changes a thread's base priority, also while it waits. Its effective priority is the highest of
 * that and what it is lent by those who wait for its mutexes; if it changes, the thread joins the
 * new level as its youngest; the running thread stays its level's oldest. Those whom it lends its
 * own follow, one masked stretch for each. What is highest then runs. Masked: O(1).
 * STALE. OUT_OF_RANGE: also one that its server would not take (server_add()). */
MUST_USE status_t thread_set_priority(thread_id_t id, unsigned priority) IRQ_UNMASKED;

/* The effective priority a thread has now, and its base. Any context, O(1).
 * STALE leaves `priority` alone. */
MUST_USE status_t thread_get_priority(thread_id_t id, unsigned *priority);
MUST_USE status_t thread_get_base_priority(thread_id_t id, unsigned *priority);

/* Suspends a thread, which may be the caller: from now on it does not run, whatever happens to it,
 * until it is resumed. If it waits it goes on waiting, can be woken or time out, and has that result
 * when it is resumed. A mutex or anything else that it holds it keeps. O(1). STALE: gone, or ended.
 * BUSY: it is suspended already; suspensions are not counted. */
MUST_USE status_t thread_suspend(thread_id_t id) IRQ_UNMASKED;

/* Ends a suspension. Who could run is the youngest of its level, and a higher one runs at once.
 * O(1). STALE: gone, or ended. NOT_FOUND: it is not suspended. */
MUST_USE status_t thread_resume(thread_id_t id) IRQ_UNMASKED;

/* Sleeps until the counter has reached `when`; a past moment returns at once. Never early. O(log
 * timed events). */
static inline void thread_sleep_until(instant_t when) IRQ_UNMASKED {
    task_call_sleep(when.ticks);
}

static inline void thread_sleep_for(duration_t length) IRQ_UNMASKED {
    thread_sleep_until(time_after(length));
}

static inline void thread_sleep_ticks(uint64_t ticks) IRQ_UNMASKED {
    thread_sleep_for(time_ticks(ticks));
}

static inline void thread_sleep_us(uint64_t microseconds) IRQ_UNMASKED {
    thread_sleep_for(time_us(microseconds));
}

static inline void thread_sleep_ms(uint64_t milliseconds) IRQ_UNMASKED {
    thread_sleep_for(time_ms(milliseconds));
}

/* How many slots are free, and how many there are. O(1), any context. */
uint32_t thread_slots_free(void);
uint32_t thread_slots_total(void);

/* The name a thread was given. O(1). STALE leaves `name` alone. */
MUST_USE status_t thread_get_name(thread_id_t id, const char **name);

/* How much of its stack a thread that asked for measure_stack has used so far, in bytes from the
 * end of the stack to the deepest one written, and how much there is: also when it has ended and is
 * not joined yet. 0: it has not begun. Whoever it is may run meanwhile. Unmasked: O(stack size);
 * masked: O(1). STALE, or it became so meanwhile; UNSUPPORTED: it has not asked. */
MUST_USE status_t thread_stack_usage(thread_id_t id, uint64_t *used, uint64_t *size) IRQ_UNMASKED;

/* Threads known at build time have the same shape as spawned ones:
 * a table of these, spawned in order. */
struct thread_definition {
    thread_entry entry;
    void *argument;
    struct thread_attributes attributes;
};

/* Spawns all, in order; stops at the first that fails and tells why: those before it run.
 * OUT_OF_RANGE also, and none is spawned: more than CONFIG_THREAD_SLOTS. O(count). */
MUST_USE status_t thread_spawn_all(const struct thread_definition *definitions, unsigned count,
                                   thread_id_t *ids) IRQ_UNMASKED;

#endif
