/* SPDX-License-Identifier: MIT */
/*
 * A trace of everything, in a file where the emulator runs: for a kernel with CONFIG_TRACE whose boot
 * arguments have "trace=NAME". It begins before the first thread runs. The lowest thread of all, called
 * "trace", carries the records over; the end of the machine the rest, and a panic too.
 *
 *   doors --> ring --(trace thread, a buffer at a time)--> file
 *
 * "trace_until=miss": the records end with the first missed deadline, and then the machine does.
 */
#ifndef KERNEL_TRACE_FILE_H
#define KERNEL_TRACE_FILE_H

#include "abi/trace_record.h"
#include "kernel/cpu/cpu.h"
#include "lib/context.h"

/* Begins it if the boot arguments ask for it; tells whether they do. Boot, before there are threads. */
bool trace_file_begin(struct cpu *cpu) IRQ_MASKED;

/* What the thread "trace" does. */
void trace_file_main(void *argument);

/* Writes what is left, and why that is all. Nothing else runs any more. */
void trace_file_end(enum trace_end why);

#endif
