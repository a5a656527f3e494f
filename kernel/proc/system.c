/* SPDX-License-Identifier: MIT */
/* Records of what there is, each taken in a masked stretch of its own. */
#include "kernel/proc/system.h"

#include "arch/cpu.h"
#include "kernel/console/console.h"
#include "kernel/console/log.h"
#include "kernel/ipc/irq_line.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/heap.h"
#include "kernel/sched/cpu_time.h"
#include "kernel/sched/sched.h"
#include "lib/bound.h"
#include "lib/string.h"

_Static_assert(SYSTEM_RECORDS_MAX * sizeof(struct system_thread) <= PAGE_SIZE &&
                   SYSTEM_RECORDS_MAX * sizeof(struct system_line) <= PAGE_SIZE,
               "the message area has room");

/* --- Threads ---------------------------------------------------------------------------------- */

static uint8_t state_of(const struct cpu *cpu, const struct thread *thread) {
    switch (thread->state) {
    case THREAD_READY:
        return thread_is_suspended(cpu, thread) ? SYSTEM_SUSPENDED : SYSTEM_READY;
    case THREAD_WAITING_TIMED:
        return SYSTEM_SLEEPING;
    case THREAD_ENDED:
        return SYSTEM_ENDED;
    default:
        return SYSTEM_WAITING;
    }
}

/* The name is its owner's: it may be gone as soon as others run. */
static void name_copy_irq(char *to, const char *name) IRQ_MASKED {
    BOUND_LOOP(letters, SYSTEM_NAME_MAX - 1);
    for (unsigned i = 0; i < SYSTEM_NAME_MAX - 1 && name[i] != 0; i++) {
        BOUND_TURN(letters);
        to[i] = name[i];
    }
}

/* False: nobody has the slot. O(SYSTEM_NAME_MAX). */
static NOINLINE bool thread_record_irq(uint32_t index, struct system_thread *record) IRQ_MASKED {
    const struct thread *thread = &thread_slots[index];
    if (thread->state == THREAD_FREE) {
        return false;
    }
    record->index = index;
    record->generation = thread->id.generation;
    record->priority = thread->priority;
    record->base = thread->rank.base;
    record->state = state_of(arch_cpu_self(), thread);
    record->user = thread->process != NULL;
    name_copy_irq(record->name, thread->name != NULL ? thread->name : "thread");
    return true;
}

static bool thread_record(uint32_t index, bool counted, struct system_thread *record) {
    *record = (struct system_thread){.ran = SYSTEM_NOT_COUNTED};
    arch_irq_mask();
    const bool there = thread_record_irq(index, record);
    arch_irq_unmask();
    if (there) {
        const thread_id_t id = {index, record->generation};
        duration_t ran;
        if (thread_cpu_time(id, &ran) == STATUS_OK) {
            record->ran = ran.ticks;
        } else if (counted) {
            (void)!thread_count_time(id); /* it may have ended */
        }
    }
    return there;
}

static int64_t threads_read(uint64_t first, bool counted, struct system_thread *records) {
    int64_t count = 0;
    if (counted) {
        cpu_count_idle();
    }
    BOUND_LOOP(slots, CONFIG_THREAD_SLOTS);
    for (uint64_t i = first; i < CONFIG_THREAD_SLOTS && count < SYSTEM_RECORDS_MAX; i++) {
        BOUND_TURN(slots);
        count += thread_record((uint32_t)i, counted, &records[count]);
    }
    return count;
}

/* --- The others ------------------------------------------------------------------------------- */

static int64_t figures_read(struct system_figures *figures) {
    struct frame_statistics frames;
    struct heap_stats heap;
    duration_t idle = {SYSTEM_NOT_COUNTED};
    frame_statistics_read(&frames);
    heap_stats(&heap);
    (void)!cpu_idle_time(&idle); /* or it is not counted */
    *figures = (struct system_figures){
        .now = time_now().ticks,
        .clock_hz = time_frequency_hz(),
        .idle = idle.ticks,
        .frames = frames.total,
        .frames_free = frames.free,
        .frames_lowest = frames.lowest_free,
        .heap_size = heap.size,
        .heap_used = heap.memory.used,
        .log_lost = log_lost_count(),
        .typed_lost = console_overruns(),
        .threads = thread_slots_total(),
        .threads_free = thread_slots_free(),
    };
    return 1;
}

static int64_t lines_read(uint64_t first, struct system_line *records) {
    int64_t count = 0;
    BOUND_LOOP(lines, CONFIG_IRQ_LINES);
    for (uint64_t i = first; i < CONFIG_IRQ_LINES && count < SYSTEM_RECORDS_MAX; i++) {
        BOUND_TURN(lines);
        const uint64_t interrupts = irq_line_count((uint32_t)i);
        if (interrupts != 0) {
            records[count++] = (struct system_line){.line = (uint32_t)i, .count = interrupts};
        }
    }
    return count;
}

int64_t system_records_read(uint64_t what, uint64_t first, void *records) {
    switch (what) {
    case SYSTEM_THREADS:
    case SYSTEM_COUNTED:
        return threads_read(first, what == SYSTEM_COUNTED, records);
    case SYSTEM_FIGURES:
        return figures_read(records);
    case SYSTEM_LINES:
        return lines_read(first, records);
    default:
        return STATUS_OUT_OF_RANGE;
    }
}
