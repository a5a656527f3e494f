/* SPDX-License-Identifier: MIT */
/*
 * Records go from the ring to the file by way of a buffer, which has one user at a time: the thread,
 * or whoever ends the machine, when no thread runs any more. Whoever interrupts the thread for good may
 * find some records in the buffer; they are written first.
 */
#define LOG_MODULE "trace"

#include "kernel/trace_file.h"

#include "arch/semihosting.h"
#include "kernel/app.h"
#include "kernel/console/log.h"
#include "kernel/sched/thread.h"
#include "kernel/trace/trace_write.h"
#include "lib/bound.h"
#include "lib/string.h"

#define BUFFERED 64 /* records */
#define PAUSE_MS 2
#define NOT_OPEN (-1)

static struct {
    int64_t handle;  /* NOT_OPEN: there is no file, or its end is written */
    unsigned count;  /* of `buffer`: not written yet */
    bool until_miss; /* constant after the boot */
    struct trace_record buffer[BUFFERED];
    struct trace_ring ring;
} file = {.handle = NOT_OPEN};

static void trace_file_flush(void) {
    const unsigned count = file.count;
    file.count = 0;
    if (count != 0 && file.handle != NOT_OPEN &&
        !arch_semihosting_write(file.handle, file.buffer, count * sizeof(file.buffer[0]))) {
        file.handle = NOT_OPEN;
        log_error("the trace's file takes no more");
    }
}

static void trace_file_add(const struct trace_record *record) {
    if (file.count == BUFFERED) {
        trace_file_flush();
    }
    file.buffer[file.count] = *record;
    file.count++; /* behind: what is counted is there */
}

/* Carries one record over, and how many were lost before it. False: there is none. */
static bool trace_file_carry(void) {
    struct trace_record record;
    uint64_t lost;
    status_t status = trace_read(&file.ring, &record, &lost);
    if (lost != 0) {
        const struct trace_record gap = {
            .time = record.time, .thread = TRACE_NOBODY, .what = TRACE_LOST, .value = lost};
        trace_file_add(&gap);
    }
    if (status == STATUS_OK) {
        trace_file_add(&record);
    }
    return status == STATUS_OK;
}

/* Until the ring is empty, or all that it can hold is written. */
static void trace_file_carry_all(void) {
    BOUND_LOOP(carried, CONFIG_TRACE_RECORDS);
    for (unsigned i = 0; i < CONFIG_TRACE_RECORDS && trace_file_carry(); i++) {
        BOUND_TURN(carried);
    }
    trace_file_flush();
}

static bool trace_file_open(const char *name) {
    const struct trace_header header = {.magic = TRACE_MAGIC,
                                        .version = TRACE_VERSION,
                                        .record_size = sizeof(struct trace_record),
                                        .frequency = arch_timer_frequency_hz(),
                                        .begin = file.ring.begin.ticks};
    file.handle = arch_semihosting_create(name);
    if (file.handle < 0 || !arch_semihosting_write(file.handle, &header, sizeof header)) {
        file.handle = NOT_OPEN;
        log_error("no file %s can be made", name);
    }
    return file.handle != NOT_OPEN;
}

bool trace_file_begin(struct cpu *cpu) {
    const char *name = app_argument("trace");
    if (name == NULL) {
        return false;
    }
    const char *until = app_argument("trace_until");
    file.until_miss = until != NULL && strcmp(until, "miss") == 0;
    trace_begin_irq(cpu, &file.ring, file.until_miss ? TRACE_UNTIL_MISS : TRACE_OVERWRITE);
    if (!trace_file_open(name)) {
        cpu->trace = NULL;
        return false;
    }
    return true;
}

void trace_file_main(void *argument) {
    (void)argument;
    for (;;) {
        bool frozen = file.ring.limit == 0;
        trace_file_carry_all();
        if (frozen) {
            app_exit(0);
        }
        thread_sleep_ms(PAUSE_MS);
    }
}

BOUND_STACK(trace_file_main, 0);

NO_CONTEXT_CHECK void trace_file_end(enum trace_end why) {
    BOUND_LEFT_OUT(end);
    (void)arch_irq_save(); /* for good */
    if (file.handle == NOT_OPEN) {
        return;
    }
    if (file.ring.limit == 0) { /* the doors have ended it before */
        why = TRACE_END_MISS;
    } else {
        trace_freeze_irq(&file.ring);
    }
    trace_file_carry_all();
    const struct trace_record last = {.time = file.ring.end.ticks,
                                      .thread = TRACE_NOBODY,
                                      .what = trace_what(TRACE_END, why, 0),
                                      .value = file.until_miss ? file.ring.lost
                                                               : trace_lost(&file.ring)};
    trace_file_add(&last);
    trace_file_flush();
    file.handle = NOT_OPEN;
}
