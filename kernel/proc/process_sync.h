/* SPDX-License-Identifier: MIT */
/*
 * Mutexes and semaphores that processes make, for their threads and for others. As a mailbox that a process
 * made, one counts for a page of its quota and is closed with the handle that came of it; and as with a
 * mailbox, handles hold it, and calls that are under way.
 */
#ifndef KERNEL_PROC_PROCESS_SYNC_H
#define KERNEL_PROC_PROCESS_SYNC_H

#include "kernel/proc/process_object.h"
#include "kernel/sync/mutex.h"
#include "kernel/sync/semaphore.h"

struct process_sync {
    /* Interrupts masked. */
    uint32_t held;
    bool ended; /* closed; the last who holds it frees it */

    /* Constant. */
    bool is_mutex;

    union {
        struct mutex mutex;
        struct semaphore semaphore;
    };
};

static inline bool process_sync_is_handled(unsigned type) {
    return (type & HANDLE_TYPES) == HANDLE_MUTEX || (type & HANDLE_TYPES) == HANDLE_SEMAPHORE;
}

/* Makes a mutex, which its owner may lock again if it is recursive; or a semaphore. NO_MEMORY, FULL;
 * OUT_OF_RANGE: of semaphore_init(). O(1). */
MUST_USE status_t process_mutex_make(struct process *process, bool recursive,
                                     uint32_t *handle) IRQ_UNMASKED;
MUST_USE status_t process_semaphore_make(struct process *process, uint64_t units, uint64_t maximum,
                                         uint32_t *handle) IRQ_UNMASKED;

/* One more has it. O(1). */
static inline void process_sync_hold_irq(struct process_sync *sync) IRQ_MASKED {
    sync->held++;
}

/* One fewer. True: the caller frees it, when it can. O(1). */
MUST_USE static inline bool process_sync_let_go_irq(struct process_sync *sync) IRQ_MASKED {
    sync->held--;
    return sync->held == 0 && sync->ended;
}

void process_sync_let_go(struct process_sync *sync) IRQ_UNMASKED;

/* All who wait are told CLOSED; it is freed, unless somebody holds it. O(waiters), O(log timed events)
 * masked at a time. */
void process_sync_end(struct process_sync *sync) IRQ_UNMASKED;

/* As heap_free(). */
void process_sync_free(struct process_sync *sync) IRQ_UNMASKED;

#endif
