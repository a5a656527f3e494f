/* SPDX-License-Identifier: MIT */
/* The memory part of the boot. */
#ifndef KERNEL_MEMORY_START_H
#define KERNEL_MEMORY_START_H

#include "arch/boot_info.h"
#include "kernel/mm/physical_map.h"
#include "platform/machine.h"

/* Physical map, frames, runtime tables (boot tables dropped), heap. Stops the boot with a reason
 * where a step fails. */
void memory_start(const struct machine *machine, const struct boot_info *boot);

/* Which memory there is; before memory_start() none. Any context. O(1). */
const struct physical_map *memory_start_map(void);

/* phys_to_virt() as a function that can be pointed at. */
void *memory_start_pointer(paddr_t address);

#endif
