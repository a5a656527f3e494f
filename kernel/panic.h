/* SPDX-License-Identifier: MIT */
/*
 * The end of the machine, told in full; and the report on a thread that ended by its own
 * fault, told in the same words. panic() itself is declared in lib/assert.h,
 * kernel_fatal() in arch/upcalls.h.
 *
 * For tests, a report begins with
 *
 *     record panic reason=WORD text="..."
 *
 * where WORD is `fault` for an exception, `check` for a failed check(), the word before the colon
 * for a panic("word: ..."), and `panic` for all others. Its trace are lines `record trace ADDRESS`.
 */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H

#include "arch/fault.h"
#include "lib/context.h"

/* Exit status of a machine that panics. */
#define PANIC_EXIT_STATUS 101

/* Whether a panic ends the machine by semihosting, which must be known to be there; else (as at
 * boot) it halts. Any context. */
void panic_set_exit(bool allowed);

/* Whether a panic is being reported, or is about to be. Any context. */
bool panic_has_begun(void);

#define PANIC_NAME_MAX 24

/* Entries of a thread's trace that report_fault() takes. */
#define REPORT_TRACE_MAX 12

/* Who runs, as far as it can be told. */
struct panic_subject {
    char name[PANIC_NAME_MAX]; /* printable */
    uint32_t index, generation;
    uint8_t priority;
    vaddr_t stack_low, stack_high; /* both 0: unknown */
};

/* The running thread, which may be the caller. Trusts no pointer on the way there: what can't be
 * read is left out. False: there is none, or nothing can be known. O(1). kernel/report.c. */
bool panic_current_subject(struct panic_subject *subject);

/* The same of any thread that can be read. */
struct thread;
bool panic_subject_of(const struct thread *thread, struct panic_subject *subject);

/* Logs, at error level, that the calling thread ends because of `fault`: what it was, where, and
 * the trace, at most REPORT_TRACE_MAX, whose first entry is the pc. Thread context; the fault was
 * the caller's own. kernel/report.c. */
void report_fault(const struct frame *frame, const struct fault *fault, const uint64_t *trace,
                  unsigned trace_count);

#endif
