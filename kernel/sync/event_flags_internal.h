/* SPDX-License-Identifier: MIT */
/* What is on the stack of who waits for event flags, or sets them; and the task call. */
#ifndef KERNEL_SYNC_EVENT_FLAGS_INTERNAL_H
#define KERNEL_SYNC_EVENT_FLAGS_INTERNAL_H

#include "arch/frame.h"
#include "kernel/sync/event_flags.h"

/* A set that waits for the end of the walk under way. */
struct event_flags_change {
    struct event_flags_change *next;
    uint64_t bits;
    uint64_t walk; /* its number, once it has begun; 0 before */
    status_t status;
};

static inline bool event_flags_are_wanted(uint64_t bits, uint64_t mode) {
    return bits != 0 && mode <= (EVENT_FLAGS_ALL | EVENT_FLAGS_CLEAR);
}

static inline bool event_flags_meet(uint64_t value, const struct event_flags_want *want) {
    uint64_t bits = value & want->bits;
    return (want->mode & EVENT_FLAGS_ALL) != 0 ? bits == want->bits : bits != 0;
}

struct frame *event_flags_wait_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

/* Takes what is wanted, if it is there. O(1). WOULD_BLOCK, CLOSED. */
MUST_USE status_t event_flags_try_wait_irq(struct event_flags *flags,
                                           struct event_flags_want *want) IRQ_MASKED;

/* The first look of who waits: behind the set that is under way, if any. O(waiters). */
MUST_USE status_t event_flags_look(struct event_flags *flags,
                                   struct event_flags_want *want) IRQ_UNMASKED;

#endif
