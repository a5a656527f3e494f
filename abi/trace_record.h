/* SPDX-License-Identifier: MIT */
/*
 * A trace, as the kernel writes it and as tools read it. All fields little-endian. In a file: one
 * header, then records of one size, the last of which is TRACE_END; a file without that was cut off.
 *
 *     63                         16 15      8 7       0
 *    +-----------------------------+---------+---------+
 *    | argument                    | detail  | event   |  what
 *    +-----------------------------+---------+---------+
 *
 * An argument that is an address is told by its low 48 bits; those above are all ones. Names and
 * objects are told by address: the program's symbols and constants say what is there.
 */
#ifndef ABI_TRACE_RECORD_H
#define ABI_TRACE_RECORD_H

#include <stdint.h>

#define TRACE_VERSION 2                            /* of all that this file says */
#define TRACE_MAGIC   UINT64_C(0x4543415254545247) /* "GRTTRACE" */

enum trace_event {
    TRACE_NONE,
    /* `thread` runs from now on. detail: enum trace_left, of who ran before; value: if it waits,
     * an address within the object that it waits for, or 0; else nothing. argument: the low 48 bits of
     * the moment at which its wait ends anyway, of TRACE_LEFT_WAITS_TIME; else nothing. */
    TRACE_SWITCH,
    /* An interrupt ends, and `thread` goes on or runs from now on. argument: the line and one, or 0:
     * the timer; bits 16..31, of the timer: how many ticks after its moment it was taken,
     * TRACE_LATE_MAX: that or more; bits 32..47: the slot and one of a thread that missed a deadline,
     * or 0. value: when the interrupt was taken. detail: enum trace_left, of who was interrupted. */
    TRACE_IRQ,
    /* `thread` says so. argument: the address of a name; value: its own. */
    TRACE_MARK,
    /* `thread` waits no longer. value: the status that its call returns, sign extended. By whoever
     * runs; or, before a TRACE_IRQ that was taken earlier, by that interrupt. */
    TRACE_WAKE,
    /* `thread` begins. detail: its priority. argument: the address of what it runs; value: of its
     * name, or 0. At the beginning of a trace: it is there. */
    TRACE_SPAWN,
    /* `thread` begins a job. value: its release; argument: ticks from there to the deadline, 0: none. */
    TRACE_JOB,
    /* The priority of `thread` is `detail` from now on: it was set, lent or given back. */
    TRACE_PRIORITY,
    /* `thread` asks something of an object. detail: enum trace_call; value: the object's address. If it
     * has to wait, a switch away from it says so. */
    TRACE_CALL,
    /* What `thread` did is a fault: it ends. detail: the class of the exception, ESR_EL1.EC, and
     * TRACE_FAULT_USER of a thread in user mode. argument: the address of the instruction, of such a
     * thread without ones above; value: the address that it was about, if it was about one. */
    TRACE_FAULT,
    /* `thread`, which runs, has used up what it may. detail: enum trace_limit. */
    TRACE_LIMIT,
    /* Of a file only: as many records as `value` are missing between the one before and the next. */
    TRACE_LOST,
    /* The last of a file. detail: enum trace_end; value: how many were lost in all. */
    TRACE_END,
    /* `thread`, in user mode, calls the kernel; exit and mailbox_send are told by switches
     * and wakes alone. detail: the number (abi/syscall.h), or
     * TRACE_SYSCALL_UNKNOWN; value: its first argument. */
    TRACE_SYSCALL,
    /* The latest system call of `thread` answers. value: what. One that has waited: TRACE_WAKE. May
     * come behind the switch to whom the call has woken. */
    TRACE_ANSWER,
    TRACE_EVENTS,
};

#define TRACE_FAULT_USER 64

/* What became of a thread that no longer runs. */
enum trace_left {
    TRACE_LEFT_GONE,       /* it has ended, and nobody waits to hear of it */
    TRACE_LEFT_READY,      /* it could go on, or is suspended */
    TRACE_LEFT_WAITS,      /* for somebody else */
    TRACE_LEFT_WAITS_TIME, /* for somebody else or a moment, or a moment alone */
    TRACE_LEFT_ENDED,      /* it has ended */
    TRACE_LEFT_WAITS_ANY,  /* for one of several objects */
};

/* The numbers do not change; new ones are added behind. */
enum trace_call {
    TRACE_CALL_SEND,         /* a message, to a mailbox */
    TRACE_CALL_RECEIVE,      /* a message, from a mailbox */
    TRACE_CALL_TAKE,         /* a unit, of a semaphore */
    TRACE_CALL_GIVE,         /* a unit, to a semaphore */
    TRACE_CALL_LOCK,         /* a mutex */
    TRACE_CALL_UNLOCK,       /* a mutex */
    TRACE_CALL_SET,          /* event flags */
    TRACE_CALL_WAIT,         /* for event flags */
    TRACE_CALL_ARRIVE,       /* at a barrier */
    TRACE_CALL_AWAIT,        /* a condition */
    TRACE_CALL_SIGNAL,       /* a condition */
    TRACE_CALL_BROADCAST,    /* a condition */
    TRACE_CALL_READ,         /* to read what a reader-writer lock guards */
    TRACE_CALL_WRITE,        /* to write it */
    TRACE_CALL_READ_UNLOCK,  /* it no longer reads */
    TRACE_CALL_WRITE_UNLOCK, /* it no longer writes */
    TRACE_CALLS,
};

/* What a thread has used up. */
enum trace_limit {
    TRACE_LIMIT_QUANTUM, /* others of its level come before it */
    TRACE_LIMIT_BUDGET,  /* its server's: it waits until there is more */
    TRACE_LIMITS,
};

/* Why a trace ended. */
enum trace_end {
    TRACE_END_EXIT,  /* the program did */
    TRACE_END_MISS,  /* a deadline was missed, and the trace was to end there */
    TRACE_END_PANIC, /* the kernel stopped */
    TRACE_ENDS,
};

struct trace_record {
    uint64_t time; /* ticks */
    uint64_t
        thread; /* slot, and generation << 32; UINT32_MAX: the idle one; TRACE_NOBODY: not known */
    uint64_t what;
    uint64_t value;
};

struct trace_header {
    uint64_t magic;
    uint32_t version;
    uint32_t record_size; /* bytes */
    uint64_t frequency;   /* ticks a second */
    uint64_t begin;       /* ticks: nothing is known from before */
};

#define TRACE_NOBODY          UINT64_MAX
#define TRACE_LATE_MAX        65535
#define TRACE_SYSCALL_UNKNOWN 255

static inline uint64_t trace_what(enum trace_event event, unsigned detail, uint64_t argument) {
    return (uint64_t)event | (uint64_t)detail << 8 | argument << 16;
}

#endif
