/* SPDX-License-Identifier: MIT */
/*
 * A look at each object in turn, by the calls that try. Then a place in each, where its object has
 * nothing even now; the wait; and leaving them all. Somebody may serve a place while the caller is
 * still on its way along the list: it sees that at the next object, or when it is about to wait.
 */
#include "kernel/sync/wait_any.h"

#include "arch/task_call.h"
#include "kernel/ipc/mailbox_look.h"
#include "kernel/sched/wait_place.h"
#include "kernel/sync/event_flags_internal.h"
#include "lib/bits.h"
#include "lib/bound.h"

/* --- What may be asked for ---------------------------------------------------------------------- */

_Static_assert(sizeof(thread_id_t) == sizeof(struct event_flags *), "compared as such");

/* Else a thread could stand in a queue of event flags more than once, and a set come by it as often;
 * and a thread has one joiner. */
static bool wait_any_is_repeated(const struct wait_for *list, const struct wait_for *entry) {
    BOUND_LOOP(before, CONFIG_WAIT_ANY_MAX - 1);
    for (; list != entry; list++) {
        BOUND_TURN(before);
        if (list->kind == entry->kind && list->flags == entry->flags) { /* or the thread's id */
            return true;
        }
    }
    return false;
}

static bool wait_any_is_legal(const struct wait_for *list, const struct wait_for *entry) {
    switch (entry->kind) {
    case WAIT_FOR_MESSAGE:
        return entry->mailbox != NULL && entry->message != NULL;
    case WAIT_FOR_UNIT:
        return entry->semaphore != NULL;
    case WAIT_FOR_EVENTS:
        return entry->flags != NULL && event_flags_are_wanted(entry->want.bits, entry->want.mode) &&
               !wait_any_is_repeated(list, entry);
    case WAIT_FOR_EXIT:
        return !wait_any_is_repeated(list, entry);
    case WAIT_FOR_MOMENT:
        return true;
    default:
        return false;
    }
}

static status_t wait_any_check(const struct wait_for *list, unsigned count, const unsigned *which) {
    if (list == NULL || which == NULL) {
        return STATUS_INVALID_ARGUMENT;
    }
    if (count == 0 || count > CONFIG_WAIT_ANY_MAX) {
        return STATUS_OUT_OF_RANGE;
    }
    BOUND_LOOP(checked, CONFIG_WAIT_ANY_MAX);
    for (unsigned i = 0; i < count; i++) {
        BOUND_TURN(checked);
        if (!wait_any_is_legal(list, &list[i])) {
            return STATUS_INVALID_ARGUMENT;
        }
    }
    return STATUS_OK;
}

/* --- Trying ------------------------------------------------------------------------------------- */

static status_t wait_any_try_join(struct wait_for *entry) {
    struct thread *thread;
    arch_irq_mask();
    status_t status = thread_join_look_irq(entry->thread, &entry->exit_code, &thread);
    arch_irq_unmask();
    return status;
}

static status_t wait_any_try(struct wait_for *entry) {
    switch (entry->kind) {
    case WAIT_FOR_MESSAGE:
        return mailbox_try_receive(entry->mailbox, entry->message);
    case WAIT_FOR_UNIT:
        return semaphore_try_take(entry->semaphore);
    case WAIT_FOR_EVENTS:
        return event_flags_look(entry->flags, &entry->want);
    case WAIT_FOR_EXIT:
        return wait_any_try_join(entry);
    default:
        return instant_before(time_now(), entry->moment) ? STATUS_WOULD_BLOCK : STATUS_OK;
    }
}

/* The first that has something is `*which`; WOULD_BLOCK: none. */
static status_t wait_any_try_all(struct wait_for *list, unsigned count, unsigned *which) {
    BOUND_LOOP(tried, CONFIG_WAIT_ANY_MAX);
    for (unsigned i = 0; i < count; i++) {
        BOUND_TURN(tried);
        status_t status = wait_any_try(&list[i]);
        if (status != STATUS_WOULD_BLOCK) {
            *which = i;
            return status;
        }
    }
    return STATUS_WOULD_BLOCK;
}

/* --- Waiting ------------------------------------------------------------------------------------ */

static ALWAYS_INLINE status_t wait_any_look_unit_irq(struct semaphore *semaphore) IRQ_MASKED {
    if (semaphore->count == 0) {
        return semaphore->closed ? STATUS_CLOSED : STATUS_WOULD_BLOCK;
    }
    semaphore->count--;
    return STATUS_OK;
}

/* Takes what the object has now; WOULD_BLOCK: joins it. O(log timed events), and a message. */
static status_t wait_any_take_or_join_irq(struct wait_any *any, struct wait_for *entry,
                                          bool *ask) IRQ_MASKED {
    status_t status = STATUS_WOULD_BLOCK;
    struct prio_queue *queue = NULL;
    struct thread *thread = NULL;
    void *buffer = &entry->want;
    switch (entry->kind) {
    case WAIT_FOR_MESSAGE:
        status = mailbox_look_irq(entry->mailbox, entry->message, ask);
        queue = &entry->mailbox->receivers;
        buffer = entry->message;
        break;
    case WAIT_FOR_UNIT:
        status = wait_any_look_unit_irq(entry->semaphore);
        entry->semaphore->limit = status == STATUS_OK ? entry->semaphore->limit : 0;
        queue = &entry->semaphore->waiters;
        break;
    case WAIT_FOR_EVENTS:
        status = event_flags_try_wait_irq(entry->flags, &entry->want);
        queue = &entry->flags->waiters[entry->flags->current];
        break;
    case WAIT_FOR_EXIT:
        status = thread_join_look_irq(entry->thread, &entry->exit_code, &thread);
        buffer = &entry->exit_code;
        break;
    default:
        break;
    }
    if (status == STATUS_WOULD_BLOCK) {
        wait_place_join_irq(any, queue, thread, buffer);
    }
    return status;
}

/* False when one has been served. */
static bool wait_any_join(struct wait_any *any, struct wait_for *entry) {
    bool ask = false;
    arch_irq_mask();
    if (any->served == NULL) {
        status_t status = wait_any_take_or_join_irq(any, entry, &ask);
        if (status != STATUS_WOULD_BLOCK) {
            wait_place_serve_irq(any, status);
        }
    }
    bool more = any->served == NULL;
    arch_irq_unmask();
    if (ask) {
        task_call_reschedule();
    }
    return more;
}

/* True when all have been joined. */
static bool wait_any_join_all(struct wait_any *any, struct wait_for *list, unsigned count) {
    BOUND_LOOP(joined, CONFIG_WAIT_ANY_MAX);
    for (unsigned i = 0; i < count; i++) {
        BOUND_TURN(joined);
        if (!wait_any_join(any, &list[i])) {
            return false;
        }
    }
    return true;
}

/* The list's earliest moment that is not behind `deadline`, or NULL. */
static const struct wait_for *wait_any_moment(const struct wait_for *list, unsigned count,
                                              instant_t deadline) {
    const struct wait_for *first = NULL;
    BOUND_LOOP(moments, CONFIG_WAIT_ANY_MAX);
    for (unsigned i = 0; i < count; i++) {
        BOUND_TURN(moments);
        const struct wait_for *entry = &list[i];
        if (entry->kind == WAIT_FOR_MOMENT &&
            !instant_before(first == NULL ? deadline : first->moment, entry->moment) &&
            (first == NULL || instant_before(entry->moment, first->moment))) {
            first = entry;
        }
    }
    return first;
}

static void wait_any_end(struct wait_any *any) {
    arch_irq_mask();
    wait_place_end_irq(arch_cpu_self(), any->thread);
    arch_irq_unmask();
}

/* The deadline is set in a stretch of its own: with the wait it would be too long. */
static void wait_any_block(struct wait_any *any, instant_t deadline) {
    if (deadline.ticks != INSTANT_NEVER.ticks) {
        if (deadline.ticks <= time_now().ticks) {
            return;
        }
        arch_irq_mask();
        wait_place_arm_irq(arch_cpu_self(), any, deadline);
        arch_irq_unmask();
    }
    task_call_wait_any((uint64_t)(uintptr_t)any);
}

/* Room for it on a stack that is aligned to 16 bytes: a frame that aligned itself would have a size
 * that nothing tells. */
struct wait_room {
    uint8_t bytes[sizeof(struct wait_any) + _Alignof(struct wait_any) - 16] ALIGNED(16);
};

static struct wait_any *wait_any_in(struct wait_room *room) {
    return (struct wait_any *)align_up((uintptr_t)room, _Alignof(struct wait_any));
}

/* None of them had anything. Apart: only who waits needs room for places. */
static NOINLINE status_t wait_any_wait(struct wait_for *list, unsigned count, instant_t deadline,
                                       unsigned *which) {
    struct wait_room room;
    struct wait_any *any = wait_any_in(&room);
    const struct wait_for *moment = wait_any_moment(list, count, deadline);
    instant_t until = moment != NULL ? moment->moment : deadline;
    wait_place_begin(any);
    if (wait_any_join_all(any, list, count)) {
        wait_any_block(any, until);
    }
    wait_any_end(any);
    if (any->served != NULL) {
        *which = (unsigned)(any->served - any->place);
    } else if (moment != NULL) {
        *which = (unsigned)(moment - list);
        return STATUS_OK;
    }
    return any->status;
}

status_t wait_any_until(struct wait_for *list, unsigned count, instant_t deadline,
                        unsigned *which) {
    status_t status = wait_any_check(list, count, which);
    if (status == STATUS_OK) {
        status = wait_any_try_all(list, count, which);
    }
    return status == STATUS_WOULD_BLOCK ? wait_any_wait(list, count, deadline, which) : status;
}
