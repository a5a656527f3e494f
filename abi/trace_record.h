/* SPDX-License-Identifier: MIT */
/*
 * A record of a trace, as the kernel keeps it and as tools read it. All fields little-endian,
 * records of one size.
 *
 *     63                         16 15      8 7       0
 *    +-----------------------------+---------+---------+
 *    | argument                    | detail  | event   |  what
 *    +-----------------------------+---------+---------+
 *
 * An argument that is an address is told by its low 48 bits; those above are all ones.
 */
#ifndef ABI_TRACE_RECORD_H
#define ABI_TRACE_RECORD_H

#include <stdint.h>

#define TRACE_VERSION 1 /* of all that this file says */

enum trace_event {
    TRACE_NONE,
    /* `thread` runs from now on. detail: what became of the one before, the kernel's number of its
     * state; argument 0; value: if that is one of waiting, the queue it stands in, or 0. */
    TRACE_SWITCH,
    /* An interrupt ends, and `thread` goes on or runs from now on. argument: the line and one, or 0:
     * the timer; bits 32..47: the slot and one of a thread that missed a deadline, or 0. value: when
     * the interrupt was taken. detail: as above, of who was interrupted. */
    TRACE_IRQ,
    /* `thread` says so. argument: the address of a name; value: its own. */
    TRACE_MARK,
    TRACE_EVENTS,
};

struct trace_record {
    uint64_t time;   /* ticks */
    uint64_t thread; /* slot, and generation << 32; TRACE_NOBODY: not known */
    uint64_t what;
    uint64_t value;
};

#define TRACE_NOBODY UINT64_MAX

static inline uint64_t trace_what(enum trace_event event, unsigned detail, uint64_t argument) {
    return (uint64_t)event | (uint64_t)detail << 8 | argument << 16;
}

#endif
