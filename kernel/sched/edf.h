/* SPDX-License-Identifier: MIT */
/*
 * Earliest deadline first, inside any priority level: of the threads of a level that have said until
 * when they are to be done, the one with the earliest deadline runs; among equals who became ready
 * first. Levels stay what they are: a higher one comes before all of a lower one.
 *
 *   level 21   FIFO and round robin, as ever
 *   level 20   [by deadline: 500] [by deadline: 900]
 *
 * A thread without a deadline that stands at such a level, for instance because it is lent that
 * priority, comes before all that have one. What is lent is a priority, not a deadline: mutexes that
 * threads of one level share have a ceiling above it (kernel/sync/mutex.h).
 */
#ifndef KERNEL_SCHED_EDF_H
#define KERNEL_SCHED_EDF_H

#include "kernel/sched/thread.h"

/* From now on the caller runs by this deadline, in ticks of the counter, whatever its policy was;
 * who comes before it at its level runs at once, and so do those of its level with the same one.
 * NEVER: it has none any more, and is a THREAD_FIFO one. Periodic threads with `by_deadline` need not
 * ask (kernel/sched/periodic.h). Masked: O(1), once for each four others of its level that are ready.
 * UNSUPPORTED: it has a budget (kernel/sched/server.h), and goes on as it is: by its priority, or by
 * the deadline of its server. */
status_t edf_set_deadline(instant_t deadline) IRQ_UNMASKED;

/* Until when a thread is to be done; NEVER: it does not run by deadline. O(1), any context. STALE:
 * no such thread. */
MUST_USE status_t edf_get_deadline(thread_id_t id, instant_t *deadline);

#endif
