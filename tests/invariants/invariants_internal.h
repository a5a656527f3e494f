/* SPDX-License-Identifier: MIT */
/* For the files of the checker. */
#ifndef TESTS_INVARIANTS_INVARIANTS_INTERNAL_H
#define TESTS_INVARIANTS_INVARIANTS_INTERNAL_H

#include "lib/prio_queue.h"
#include "tests/invariants/invariants.h"

#define BROKEN_QUEUE (UINT32_MAX / 2)

/* Threads of a queue, all of which say that they are in it; BROKEN_QUEUE when one does not.
 * wait_queue NULL: the ready queue. */
unsigned invariants_queue_count(const struct prio_queue *queue,
                                const struct prio_queue *wait_queue);

/* The rules of the objects of kernel/sync; adds the threads that wait there to *queued. */
const char *invariants_sync_broken(const struct invariants_view *view, unsigned *queued);

#endif
