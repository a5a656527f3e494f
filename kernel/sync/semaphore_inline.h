/* SPDX-License-Identifier: MIT */
/* What the inline calls of semaphore.h go on with where they must look closer. */
#ifndef KERNEL_SYNC_SEMAPHORE_INLINE_H
#define KERNEL_SYNC_SEMAPHORE_INLINE_H

#include "lib/context.h"
#include "lib/status.h"

struct semaphore;

/* The rest of semaphore_give(), entered masked: hands the unit over, adds it, or refuses.
 * O(log timed events). */
MUST_USE status_t semaphore_give_closely(struct semaphore *semaphore) UNMASKS_IRQ;

#endif
