/* SPDX-License-Identifier: MIT */
/*
 * What the kernel did, in a ring of records that the application provides. Each CPU has its own, and
 * only that CPU writes, with interrupts masked: no lock, no retry.
 *
 *   next % CONFIG_TRACE_RECORDS --> where the next record goes
 *   limit                           no record from here on: lost. NEVER reached when old ones are
 *                                   overwritten; the reader's place and the ring's size when not
 *
 * A switch is told by one record: to whom, what became of the one before and what it waits in, and
 * of an interrupt its line and when it was taken. While nobody traces, a switch pays nothing: a trace
 * is a reason to take the long way at each of them (CPU_BELOW_LOOK), as special threads are.
 */
#ifndef KERNEL_TRACE_TRACE_H
#define KERNEL_TRACE_TRACE_H

#include "abi/trace_record.h"
#include "kernel/cpu/cpu.h"
#include "kernel/trace/trace_inline.h"
#include "lib/context.h"
#include "lib/status.h"
#include "lib/time_units.h"

struct trace_ring {
    /* The CPU that writes, interrupts masked. */
    uint64_t next;  /* records that were written */
    uint64_t limit; /* none from this one on */
    uint64_t who;   /* runs since the latest record of a switch */
    uint64_t dropped;
    uint64_t freezes; /* TRACE_IRQ's argument has one of these bits: nothing more from there on */
    instant_t end;    /* nothing is known from here on; NEVER while it is on and not frozen */

    /* Who reads. */
    uint64_t lost;   /* overwritten before they were read */
    uint64_t read;   /* records that trace_read() has passed */
    instant_t begin; /* constant */
    struct trace_record records[CONFIG_TRACE_RECORDS];
};

enum trace_mode {
    TRACE_OVERWRITE, /* the latest records are kept: a flight recorder */
    TRACE_STOP,      /* the earliest that were not read are kept; what comes then is counted lost */
    TRACE_UNTIL_MISS, /* as OVERWRITE, until a deadline is missed: the rest is dropped */
};

/* Begins a trace into `ring`, which is empty then; a trace under way goes on here. Its storage stays
 * until trace_stop(). O(1). INVALID_ARGUMENT: NULL. UNSUPPORTED: this kernel
 * was built without CONFIG_TRACE; then there is nothing to stop, and nothing to read. */
MUST_USE status_t trace_start(struct trace_ring *ring, enum trace_mode mode) IRQ_UNMASKED;

/* Ends the trace, and freezes what it holds, for trace_read(). O(1). NOT_FOUND: there is none. */
status_t trace_stop(void) IRQ_UNMASKED;

/* Notes that the caller says `value` under a name, which must live as long as the trace is read; if
 * nobody traces, nothing. O(1), any context. */
static inline void trace_mark(const char *name, uint64_t value) {
    trace_note(trace_what(TRACE_MARK, 0, (uint64_t)(uintptr_t)name), value);
}

/* Takes the oldest record out that was not read. Tells how many were lost just before it, and since
 * the last one that was. O(1), any context. WOULD_BLOCK: there is none; `lost` is told. */
MUST_USE status_t trace_read(struct trace_ring *ring, struct trace_record *record, uint64_t *lost);

/* A copy of the record of that number, counted from trace_start(). O(1), any context. NOT_FOUND: it is
 * overwritten, or yet to come. */
MUST_USE status_t trace_at(const struct trace_ring *ring, uint64_t number,
                           struct trace_record *record);

/* Records that were written since trace_start(). O(1), any context. */
uint64_t trace_count(const struct trace_ring *ring);

/* Records that were lost since trace_start(), those included that were overwritten unread.
 * O(1), any context. */
uint64_t trace_lost(const struct trace_ring *ring);

#endif
