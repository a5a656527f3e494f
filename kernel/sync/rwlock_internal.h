/* SPDX-License-Identifier: MIT */
/* The task call of reader-writer locks. */
#ifndef KERNEL_SYNC_RWLOCK_INTERNAL_H
#define KERNEL_SYNC_RWLOCK_INTERNAL_H

#include "arch/frame.h"
#include "kernel/sync/rwlock.h"

/* Arguments: the lock, whether to write, the deadline. */
struct frame *rwlock_lock_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

#endif
