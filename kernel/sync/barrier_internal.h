/* SPDX-License-Identifier: MIT */
/* What is on the stack of who waits at a barrier; and the task call. */
#ifndef KERNEL_SYNC_BARRIER_INTERNAL_H
#define KERNEL_SYNC_BARRIER_INTERNAL_H

#include "arch/frame.h"
#include "kernel/sync/barrier.h"

struct barrier_arrival {
    uint64_t round; /* its number is that of rounds completed before it */
    bool last;      /* completed it: has to wake the others */
    bool waited;    /* counts as having come */
};

struct frame *barrier_wait_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

#endif
