/* SPDX-License-Identifier: MIT */
/* What a process may know of the whole system, and do to it, by a handle of it. */
#ifndef KERNEL_PROC_SYSTEM_H
#define KERNEL_PROC_SYSTEM_H

#include "abi/system.h"
#include "lib/context.h"
#include "lib/status.h"

/* Puts records into a page, and tells how many; or a status. */
typedef int64_t (*system_reader)(uint64_t what, uint64_t first, void *records);

/* Ends the machine, and does not return. */
typedef void (*system_ender)(unsigned code);

/* What a handle of the system is of. Each is a function that the image names with
 * BOUND_CALLEE(system_reader, ...) and BOUND_CALLEE(system_ender, ...), or NULL: so an image where
 * nobody asks has neither. */
struct system_control {
    system_reader read;
    system_ender end;
};

/* A system_reader: all that abi/system.h has. OUT_OF_RANGE: `what`. O(CONFIG_THREAD_SLOTS) or
 * O(CONFIG_IRQ_LINES), O(SYSTEM_NAME_MAX) of it masked. */
int64_t system_records_read(uint64_t what, uint64_t first, void *records) IRQ_UNMASKED;

#endif
