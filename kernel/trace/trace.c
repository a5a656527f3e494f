/* SPDX-License-Identifier: MIT */
/* Beginning, ending and reading a trace, and what is not written in place. */
#include "kernel/trace/trace.h"

#include "arch/task_call.h"
#include "kernel/trace/trace_write.h"

_Static_assert((CONFIG_TRACE_RECORDS & (CONFIG_TRACE_RECORDS - 1)) == 0, "a power of two");
_Static_assert(sizeof(struct trace_record) == 32, "as tools read it");
_Static_assert(CONFIG_TRACE_RECORDS >= 64 && CONFIG_TRACE_RECORDS <= 1 << 20, "its range");

void trace_begin_irq(struct cpu *cpu, struct trace_ring *ring, enum trace_mode mode) {
    ring->next = 0;
    ring->limit = mode == TRACE_STOP ? CONFIG_TRACE_RECORDS : UINT64_MAX;
    ring->who = TRACE_NOBODY;
    ring->dropped = 0;
    ring->freezes = mode == TRACE_UNTIL_MISS ? UINT64_MAX << 32 : 0;
    ring->end = INSTANT_NEVER;
    ring->lost = 0;
    ring->read = 0;
    ring->begin = arch_timer_now();
    cpu->trace = ring;
    cpu->trace_entered = (instant_t){0};
    cpu->trace_cause = 0;
    cpu->below |= CPU_BELOW_LOOK; /* from here on each switch is looked at */
    cpu->watched = UINT64_MAX;
}

status_t trace_start(struct trace_ring *ring, enum trace_mode mode) {
    if (ring == NULL) {
        return STATUS_INVALID_ARGUMENT;
    }
    if (!CONFIG_TRACE) {
        return STATUS_UNSUPPORTED;
    }
    arch_irq_mask();
    trace_begin_irq(arch_cpu_self(), ring, mode);
    arch_irq_unmask();
    return STATUS_OK;
}

void trace_freeze_irq(struct trace_ring *ring) {
    ring->limit = 0;
    ring->end = arch_timer_now();
}

status_t trace_stop(void) {
    if (!CONFIG_TRACE) {
        return STATUS_NOT_FOUND;
    }
    arch_irq_mask();
    struct cpu *cpu = arch_cpu_self();
    struct trace_ring *ring = cpu->trace;
    cpu->trace = NULL;
    if (ring != NULL && ring->end.ticks == INSTANT_NEVER.ticks) {
        ring->end = arch_timer_now();
    }
    arch_irq_unmask();
    if (ring == NULL) {
        return STATUS_NOT_FOUND;
    }
    return task_call_reschedule(); /* is looked at once more, and the next switch no longer */
}

void trace_note_closely(uint64_t what, uint64_t value) {
    uint64_t saved = arch_irq_save();
    struct trace_ring *ring = trace_of_irq(arch_cpu_self());
    if (LIKELY(ring != NULL)) { /* not stopped meanwhile */
        trace_put_irq(ring, arch_timer_now(), ring->who, what, value);
    }
    arch_irq_restore(saved);
}

void trace_put_closely_irq(struct trace_ring *ring, uint64_t thread, uint64_t what,
                           uint64_t value) {
    trace_put_irq(ring, arch_timer_now(), thread, what, value);
}

/* Of the records up to `next`, those that were overwritten before they were read. */
static uint64_t trace_overwritten(uint64_t next, uint64_t read) {
    uint64_t oldest = next > CONFIG_TRACE_RECORDS ? next - CONFIG_TRACE_RECORDS : 0;
    return oldest > read ? oldest - read : 0;
}

/* Field by field: of the whole the compiler may make a call. */
static void trace_copy(const struct trace_ring *ring, uint64_t number,
                       struct trace_record *record) {
    const struct trace_record *from = &ring->records[number % CONFIG_TRACE_RECORDS];
    record->time = from->time;
    record->thread = from->thread;
    record->what = from->what;
    record->value = from->value;
}

status_t trace_read(struct trace_ring *ring, struct trace_record *record, uint64_t *lost) {
    *lost = 0;
    if (!CONFIG_TRACE) {
        return STATUS_UNSUPPORTED;
    }
    status_t status = STATUS_WOULD_BLOCK;
    uint64_t saved = arch_irq_save();
    uint64_t overwritten = trace_overwritten(ring->next, ring->read);
    ring->read += overwritten;
    ring->lost += overwritten;
    *lost = overwritten;
    if (ring->read != ring->next) {
        trace_copy(ring, ring->read, record);
        ring->read++;
        if (ring->limit != UINT64_MAX && ring->limit != 0) {
            ring->limit = ring->read + CONFIG_TRACE_RECORDS;
        }
        status = STATUS_OK;
    }
    arch_irq_restore(saved);
    return status;
}

status_t trace_at(const struct trace_ring *ring, uint64_t number, struct trace_record *record) {
    if (!CONFIG_TRACE) {
        return STATUS_UNSUPPORTED;
    }
    uint64_t saved = arch_irq_save();
    bool there = number < ring->next && ring->next - number <= CONFIG_TRACE_RECORDS;
    if (there) {
        trace_copy(ring, number, record);
    }
    arch_irq_restore(saved);
    return there ? STATUS_OK : STATUS_NOT_FOUND;
}

uint64_t trace_count(const struct trace_ring *ring) {
    uint64_t saved = arch_irq_save();
    uint64_t count = CONFIG_TRACE ? ring->next : 0;
    arch_irq_restore(saved);
    return count;
}

uint64_t trace_lost(const struct trace_ring *ring) {
    uint64_t saved = arch_irq_save();
    uint64_t lost =
        CONFIG_TRACE ? ring->dropped + ring->lost + trace_overwritten(ring->next, ring->read) : 0;
    arch_irq_restore(saved);
    return lost;
}
