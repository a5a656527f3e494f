/* SPDX-License-Identifier: MIT */
/* Reads the ring that is traced into as it lies there: nobody writes any more. */
#include "kernel/last_events.h"

#include "arch/cpu.h"
#include "arch/probe.h"
#include "kernel/panic.h"
#include "kernel/sched/sched.h"
#include "kernel/trace/trace.h"
#include "lib/format.h"

#define ID_MAX 24 /* "4294967295.4294967295", and what ends it */

static bool can_read(const void *pointer, uint64_t size) {
    vaddr_t address = vaddr_of(pointer);
    return address.value % sizeof(uint64_t) == 0 && arch_probe_readable(address, size);
}

/* NULL: nobody traces, or it can't be known. */
static const struct trace_ring *traced_ring(void) {
    const struct cpu *cpu = arch_cpu_self();
    if (!CONFIG_TRACE || !can_read(&cpu->trace, sizeof cpu->trace)) {
        return NULL;
    }
    const struct trace_ring *ring = cpu->trace;
    return can_read(ring, offsetof(struct trace_ring, records)) ? ring : NULL;
}

unsigned last_events(uint64_t *first) {
    const struct trace_ring *ring = traced_ring();
    if (ring == NULL) {
        return 0;
    }
    uint64_t count = ring->next < LAST_EVENTS_MAX ? ring->next : LAST_EVENTS_MAX;
    *first = ring->next - count;
    return (unsigned)count;
}

/* The id as reports have it, and the name, of a thread that is still there. */
static void describe_thread(uint64_t thread, char *id, struct panic_subject *subject) {
    const uint32_t slot = (uint32_t)thread;
    const uint32_t generation = (uint32_t)(thread >> 32);
    *subject = (struct panic_subject){.name = "-"};
    if (thread == UINT32_MAX || thread == TRACE_NOBODY) {
        format_buffer(id, ID_MAX, "%s", thread == TRACE_NOBODY ? "?" : "idle");
        return;
    }
    format_buffer(id, ID_MAX, "%u.%u", slot, generation);
    if (slot >= CONFIG_THREAD_SLOTS || thread_slots[slot].id.generation != generation ||
        !panic_subject_of(&thread_slots[slot], subject)) {
        subject->name[0] = '-'; /* a subject that can't be known has left it alone */
    }
}

bool last_event_describe(uint64_t number, char *text, size_t size) {
    const struct trace_ring *ring = traced_ring();
    if (ring == NULL) {
        return false;
    }
    const struct trace_record *record = &ring->records[number % CONFIG_TRACE_RECORDS];
    if (!can_read(record, sizeof *record)) {
        return false;
    }
    char id[ID_MAX];
    struct panic_subject subject;
    describe_thread(record->thread, id, &subject);
    format_buffer(text, size, "%llu %s %s 0x%llx 0x%llx", (unsigned long long)record->time, id,
                  subject.name, (unsigned long long)record->what,
                  (unsigned long long)record->value);
    return true;
}
