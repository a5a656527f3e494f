/* SPDX-License-Identifier: MIT */
/* Mutexes for system calls: a door locks a free one and unlocks one that nobody waits for; all else is done
 * in thread context, where who waits can be told to stop. */
#ifndef KERNEL_SYNC_MUTEX_DOOR_H
#define KERNEL_SYNC_MUTEX_DOOR_H

#include "kernel/sched/sched.h"
#include "kernel/sync/mutex.h"

/* The running thread locks it. False: not like this. O(1). */
bool mutex_lock_door_irq(struct mutex *mutex) IRQ_MASKED;

/* The running thread unlocks it. False: not like this. O(1). */
bool mutex_unlock_door_irq(struct mutex *mutex) IRQ_MASKED;

/* As mutex_lock_until(), but it does not begin to wait once `*stop` is set, which answers CLOSED: then
 * who set it calls mutex_stop_waiting(). O(CONFIG_INHERITANCE_CHAIN_MAX) masked. */
MUST_USE status_t mutex_lock_unless(struct mutex *mutex, instant_t deadline,
                                    const bool *stop) IRQ_UNMASKED;

/* Thread `id`, if it waits for a mutex in thread context, is told CLOSED. O(CONFIG_INHERITANCE_CHAIN_MAX),
 * O(log timed events) masked. */
void mutex_stop_waiting(thread_id_t id) IRQ_UNMASKED;

#endif
