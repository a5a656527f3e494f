/* SPDX-License-Identifier: MIT */
/* Setting, and the walk past those who wait; waiting. */
#include "kernel/sync/event_flags.h"

#include "arch/task_call.h"
#include "kernel/sync/event_flags_internal.h"
#include "kernel/sync/waiters.h"
#include "lib/bound.h"

status_t event_flags_init(struct event_flags *flags, uint64_t value) {
    if (flags == NULL) {
        return STATUS_INVALID_ARGUMENT;
    }
    flags->value = value;
    flags->judged = 0;
    flags->walks = 0;
    flags->first = NULL;
    flags->last = NULL;
    flags->current = 0;
    flags->closed = false;
    prio_queue_init(&flags->waiters[0]);
    prio_queue_init(&flags->waiters[1]);
    return STATUS_OK;
}

/* --- The walk --------------------------------------------------------------------------------- */

static ALWAYS_INLINE struct prio_queue *
event_flags_aside_irq(struct event_flags *flags) IRQ_MASKED {
    return &flags->waiters[flags->current ^ 1];
}

static ALWAYS_INLINE bool event_flags_is_walked_irq(struct event_flags *flags) IRQ_MASKED {
    return !prio_queue_is_empty(event_flags_aside_irq(flags));
}

/* All who wait now are to be judged by the value of now. O(1). */
static ALWAYS_INLINE uint64_t event_flags_begin_irq(struct event_flags *flags,
                                                    uint64_t bits) IRQ_MASKED {
    flags->value |= bits;
    flags->judged = flags->value;
    flags->current ^= 1;
    return ++flags->walks;
}

/* Judges the first of those who stand aside. Result as sched_enqueue_irq(). O(log timed events). */
static bool event_flags_visit_irq(struct event_flags *flags) IRQ_MASKED {
    struct thread *thread = sched_take_waiter_irq(event_flags_aside_irq(flags));
    struct event_flags_want *want = thread->wait_buffer;
    if (event_flags_meet(flags->judged, want)) {
        want->seen = flags->judged;
        if ((want->mode & EVENT_FLAGS_CLEAR) != 0) {
            flags->value &= ~want->bits;
        }
        return sched_wake_irq(arch_cpu_self(), thread, STATUS_OK);
    }
    struct prio_queue *queue = &flags->waiters[flags->current];
    prio_queue_insert_tail(queue, &thread->node, thread->priority);
    thread->wait_queue = queue;
    return false;
}

/* One step of walk number `walk`. False when that is over. */
static bool event_flags_walk_one(struct event_flags *flags, uint64_t walk) {
    bool ask = false;
    arch_irq_mask();
    bool more = flags->walks == walk && event_flags_is_walked_irq(flags);
    if (more) {
        ask = event_flags_visit_irq(flags);
    }
    arch_irq_unmask();
    if (ask) {
        task_call_reschedule();
    }
    return more;
}

static void event_flags_walk(struct event_flags *flags, uint64_t walk) {
    BOUND_LOOP(waiters, CONFIG_THREAD_SLOTS - 1); /* the caller does not wait */
    while (event_flags_walk_one(flags, walk)) {
        BOUND_TURN(waiters);
    }
}

/* --- Setting ---------------------------------------------------------------------------------- */

/* Begins the oldest set of those that wait for the end of a walk. O(1). */
static void event_flags_begin_next_irq(struct event_flags *flags) IRQ_MASKED {
    struct event_flags_change *change = flags->first;
    flags->first = change->next;
    change->status = flags->closed ? STATUS_CLOSED : STATUS_OK;
    change->walk = flags->closed ? flags->walks : event_flags_begin_irq(flags, change->bits);
}

/* One step towards the end of the walk that `change` asks for. False when that is over. */
static bool event_flags_advance(struct event_flags *flags,
                                const struct event_flags_change *change) {
    bool ask = false;
    arch_irq_mask();
    bool walked = event_flags_is_walked_irq(flags);
    bool more = change->walk == 0 || (change->walk == flags->walks && walked);
    if (more && walked) {
        ask = event_flags_visit_irq(flags);
    } else if (more) {
        event_flags_begin_next_irq(flags);
    }
    arch_irq_unmask();
    if (ask) {
        task_call_reschedule();
    }
    return more;
}

/* Behind the walk under way, and behind all who came before; entered masked. */
static NOINLINE status_t event_flags_set_behind(struct event_flags *flags,
                                                uint64_t bits) UNMASKS_IRQ {
    struct event_flags_change change = {.bits = bits};
    if (flags->first == NULL) {
        flags->first = &change;
    } else {
        flags->last->next = &change;
    }
    flags->last = &change;
    arch_irq_unmask();
    /* Each thread sets once at a time; each set visits whoever waits, and begins. */
    BOUND_LOOP(changes, (unsigned long)CONFIG_THREAD_SLOTS * CONFIG_THREAD_SLOTS);
    while (event_flags_advance(flags, &change)) {
        BOUND_TURN(changes);
    }
    return change.status;
}

/* Somebody waits, and no walk is under way; entered masked. */
static NOINLINE status_t event_flags_set_and_walk(struct event_flags *flags,
                                                  uint64_t bits) UNMASKS_IRQ {
    uint64_t walk = event_flags_begin_irq(flags, bits);
    bool ask = event_flags_visit_irq(flags);
    bool more = event_flags_is_walked_irq(flags);
    arch_irq_unmask();
    if (ask) {
        task_call_reschedule();
    }
    if (more) {
        event_flags_walk(flags, walk);
    }
    return STATUS_OK;
}

status_t event_flags_set(struct event_flags *flags, uint64_t bits) {
    trace_call(TRACE_CALL_SET, flags);
    arch_irq_mask();
    if (UNLIKELY(flags->closed)) {
        arch_irq_unmask();
        return STATUS_CLOSED;
    }
    if (UNLIKELY(flags->first != NULL || event_flags_is_walked_irq(flags))) {
        return event_flags_set_behind(flags, bits);
    }
    if (!prio_queue_is_empty(&flags->waiters[flags->current])) {
        return event_flags_set_and_walk(flags, bits);
    }
    flags->value |= bits;
    arch_irq_unmask();
    return STATUS_OK;
}

status_t event_flags_clear(struct event_flags *flags, uint64_t bits) {
    arch_irq_mask();
    status_t status = flags->closed ? STATUS_CLOSED : STATUS_OK;
    flags->value &= ~bits;
    arch_irq_unmask();
    return status;
}

/* --- Waiting ---------------------------------------------------------------------------------- */

/* Takes what is wanted, if it is there. O(1). */
static ALWAYS_INLINE status_t event_flags_try_irq(struct event_flags *flags,
                                                  struct event_flags_want *want) IRQ_MASKED {
    if (UNLIKELY(flags->closed)) {
        return STATUS_CLOSED;
    }
    if (!event_flags_meet(flags->value, want)) {
        return STATUS_WOULD_BLOCK;
    }
    want->seen = flags->value;
    if ((want->mode & EVENT_FLAGS_CLEAR) != 0) {
        flags->value &= ~want->bits;
    }
    return STATUS_OK;
}

status_t event_flags_try_wait_irq(struct event_flags *flags, struct event_flags_want *want) {
    return event_flags_try_irq(flags, want);
}

/* The first look, behind the walk that is under way. */
static ALWAYS_INLINE status_t event_flags_look_first(struct event_flags *flags,
                                                     struct event_flags_want *want) {
    arch_irq_mask();
    if (UNLIKELY(event_flags_is_walked_irq(flags))) {
        uint64_t walk = flags->walks;
        arch_irq_unmask();
        event_flags_walk(flags, walk);
        arch_irq_mask();
    }
    status_t status = event_flags_try_irq(flags, want);
    arch_irq_unmask();
    return status;
}

status_t event_flags_look(struct event_flags *flags, struct event_flags_want *want) {
    return event_flags_look_first(flags, want);
}

static ALWAYS_INLINE status_t event_flags_tell(status_t status, const struct event_flags_want *want,
                                               uint64_t *seen) {
    if (status == STATUS_OK && seen != NULL) {
        *seen = want->seen;
    }
    return status;
}

status_t event_flags_try_wait(struct event_flags *flags, uint64_t bits, unsigned mode,
                              uint64_t *seen) {
    struct event_flags_want want = {.bits = bits, .mode = mode};
    if (!event_flags_are_wanted(bits, mode)) {
        return STATUS_INVALID_ARGUMENT;
    }
    trace_call(TRACE_CALL_WAIT, flags);
    return event_flags_tell(event_flags_look_first(flags, &want), &want, seen);
}

status_t event_flags_wait_until(struct event_flags *flags, uint64_t bits, unsigned mode,
                                uint64_t *seen, instant_t deadline) {
    struct event_flags_want want = {.bits = bits, .mode = mode};
    if (!event_flags_are_wanted(bits, mode)) {
        return STATUS_INVALID_ARGUMENT;
    }
    trace_call(TRACE_CALL_WAIT, flags);
    status_t status = event_flags_look_first(flags, &want);
    if (status == STATUS_WOULD_BLOCK) {
        status = task_call_event_flags_wait((uint64_t)(uintptr_t)flags, (uint64_t)(uintptr_t)&want,
                                            deadline.ticks);
    }
    return event_flags_tell(status, &want, seen);
}

struct frame *event_flags_wait_call(uint64_t a, uint64_t b, uint64_t c) {
    struct cpu *cpu = arch_cpu_self();
    struct event_flags *flags = (struct event_flags *)(uintptr_t)a;
    struct event_flags_want *want = (struct event_flags_want *)(uintptr_t)b;
    status_t status = event_flags_try_irq(flags, want);
    if (status != STATUS_WOULD_BLOCK) {
        return waiters_answer_irq(cpu, status);
    }
    return waiters_wait_irq(cpu, &flags->waiters[flags->current], want, (instant_t){c});
}

/* --- Closing ---------------------------------------------------------------------------------- */

/* A set under way comes to its end first: who is to be judged by it is, and not sent away. */
status_t event_flags_close(struct event_flags *flags) {
    arch_irq_mask();
    bool was_closed = flags->closed;
    flags->closed = true; /* from here on no walk begins, and the queues keep their places */
    uint64_t walk = flags->walks;
    arch_irq_unmask();
    event_flags_walk(flags, walk);
    waiters_dismiss(&flags->waiters[flags->current]);
    return was_closed ? STATUS_CLOSED : STATUS_OK;
}
