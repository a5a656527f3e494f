/* SPDX-License-Identifier: MIT */
/* From the latest record back: what stands between a record and the one behind it is its thread's. */
#include "kernel/sync/miss_account.h"

#include "kernel/sched/periodic_record.h"
#include "lib/bound.h"

_Static_assert(CONFIG_MISS_PARTS >= 1 && CONFIG_MISS_PARTS <= 64, "its range");

/* How long from `from`, or the release if that is later, until `until`, which becomes `from` then if it
 * was not before it. */
static duration_t miss_account_cut(const struct miss_account *account, instant_t from,
                                   instant_t *until) {
    if (from.ticks < account->release.ticks) {
        from = account->release;
    }
    if (from.ticks >= until->ticks) {
        return (duration_t){0};
    }
    duration_t cut = {until->ticks - from.ticks};
    *until = from;
    return cut;
}

/* O(CONFIG_MISS_PARTS). */
static void miss_account_add(struct miss_account *account, uint64_t thread, duration_t time) {
    thread_id_t id = {(uint32_t)thread, (uint32_t)(thread >> 32)};
    if (id.index == THREAD_ID_NONE.index) {
        account->idle.ticks += time.ticks;
        return;
    }
    unsigned i = 0;
    BOUND_LOOP(parts, CONFIG_MISS_PARTS);
    while (i < account->count && (account->parts[i].thread.index != id.index ||
                                  account->parts[i].thread.generation != id.generation)) {
        BOUND_TURN(parts);
        i++;
    }
    if (i == CONFIG_MISS_PARTS) {
        account->others.ticks += time.ticks;
        return;
    }
    if (i == account->count) {
        account->count++;
        account->parts[i].thread = id;
        account->parts[i].time = (duration_t){0};
    }
    account->parts[i].time.ticks += time.ticks;
}

/* One record back. O(CONFIG_MISS_PARTS). */
static void miss_account_take(struct miss_account *account, const struct trace_record *record,
                              instant_t *until) {
    unsigned event = record->what & 0xff;
    if (event != TRACE_SWITCH && event != TRACE_IRQ) {
        return;
    }
    duration_t ran = miss_account_cut(account, (instant_t){record->time}, until);
    if (ran.ticks != 0) {
        miss_account_add(account, record->thread, ran);
    }
    if (event == TRACE_IRQ) {
        duration_t taken = miss_account_cut(account, (instant_t){record->value}, until);
        account->interrupts.ticks += taken.ticks;
    }
}

static void miss_account_begin(struct miss_account *account, instant_t release,
                               instant_t deadline) {
    account->release = release;
    account->deadline = deadline;
    account->interrupts = (duration_t){0};
    account->idle = (duration_t){0};
    account->unknown = (duration_t){0};
    account->others = (duration_t){0};
    account->count = 0;
}

status_t miss_account(const struct trace_ring *ring, instant_t release, instant_t deadline,
                      struct miss_account *account) {
    if (deadline.ticks < release.ticks) {
        return STATUS_INVALID_ARGUMENT;
    }
    if (!CONFIG_TRACE) {
        return STATUS_UNSUPPORTED;
    }
    if (ring->dropped != 0 && ring->freezes == 0) {
        return STATUS_FULL;
    }
    miss_account_begin(account, release, deadline);
    instant_t until = deadline;
    account->unknown = miss_account_cut(account, ring->end, &until);
    struct trace_record record;
    uint64_t number = trace_count(ring);
    bool more = number != 0;
    BOUND_LOOP(records, CONFIG_TRACE_RECORDS + 1); /* the last one is overwritten */
    while (more && until.ticks > release.ticks) {
        BOUND_TURN(records);
        more = trace_at(ring, number - 1, &record) == STATUS_OK;
        if (more) {
            miss_account_take(account, &record, &until);
            number--;
            more = number != 0;
        }
    }
    account->unknown.ticks += until.ticks - release.ticks;
    return STATUS_OK;
}

status_t miss_account_of(const struct trace_ring *ring, const struct deadline_miss *miss,
                         struct miss_account *account) {
    if (!CONFIG_TRACE) {
        return STATUS_UNSUPPORTED;
    }
    arch_irq_mask();
    const struct thread *thread = thread_find_irq(miss->thread);
    const struct periodic *periodic = thread != NULL ? periodic_of_irq(thread) : NULL;
    uint64_t from_release = periodic != NULL ? periodic->deadline.ticks : 0;
    arch_irq_unmask();
    if (from_release == 0) {
        return thread == NULL ? STATUS_STALE : STATUS_NOT_FOUND;
    }
    return miss_account(ring, (instant_t){miss->deadline.ticks - from_release}, miss->deadline,
                        account);
}
