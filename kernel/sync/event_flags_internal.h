/* SPDX-License-Identifier: MIT */
/* What is on the stack of who waits for event flags, or sets them; and the task call. */
#ifndef KERNEL_SYNC_EVENT_FLAGS_INTERNAL_H
#define KERNEL_SYNC_EVENT_FLAGS_INTERNAL_H

#include "arch/frame.h"
#include "kernel/sync/event_flags.h"

/* What a thread waits for: its wait_buffer. */
struct event_flags_want {
    uint64_t bits;
    uint64_t mode;
    uint64_t seen; /* set by who wakes it with OK */
};

/* A set that waits for the end of the walk under way. */
struct event_flags_change {
    struct event_flags_change *next;
    uint64_t bits;
    uint64_t walk; /* its number, once it has begun; 0 before */
    status_t status;
};

static inline bool event_flags_meet(uint64_t value, const struct event_flags_want *want) {
    uint64_t bits = value & want->bits;
    return (want->mode & EVENT_FLAGS_ALL) != 0 ? bits == want->bits : bits != 0;
}

struct frame *event_flags_wait_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

#endif
