/* SPDX-License-Identifier: MIT */
/* The task call of semaphores, for doors. */
#ifndef KERNEL_SYNC_SEMAPHORE_CALL_H
#define KERNEL_SYNC_SEMAPHORE_CALL_H

#include "arch/frame.h"
#include "kernel/sync/semaphore.h"

struct frame *semaphore_take_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

#endif
